"""The menu bar, made of the table of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.actions import ACTIONS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu, QMenuBar

    from app.window.commands import Commands

ORDER = ("File", "Edit", "Graph", "View", "Perform", "Output", "Help")


def fill(bar: QMenuBar, commands: Commands) -> dict[str, QMenu]:
    """Builds the menus in their usual order; returns each by its way, such as `View/Panels`."""
    menus: dict[str, QMenu] = {}
    family: dict[str, str] = {}  # menu -> first word of the last id, for the lines between
    for name in ORDER:
        _menu(bar, menus, name)
    for action in (action for action in ACTIONS if action.menu):
        menu = _menu(bar, menus, action.menu)
        head = action.id.partition(".")[0]
        if family.setdefault(action.menu, head) != head:
            menu.addSeparator()
            family[action.menu] = head
        menu.addAction(commands.actions[action.id])
    for menu in menus.values():
        menu.aboutToShow.connect(commands.refresh)
        menu.setToolTipsVisible(True)
    return menus


def _menu(bar: QMenuBar, menus: dict[str, QMenu], way: str) -> QMenu:
    if way not in menus:
        parent, _, title = way.rpartition("/")
        menus[way] = (_menu(bar, menus, parent) if parent else bar).addMenu(title)
    return menus[way]
