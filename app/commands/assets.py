"""x"""
from app.commands import options as common
def add(commands):
    p = common.command(commands, "assets", "x", "x"); p.set_defaults(run=lambda *_: 0)
