"""x"""

from app.commands import options as common


def add(commands):
    p = common.command(commands, "bench", "x", "x")
    p.set_defaults(run=lambda *_: 0)
