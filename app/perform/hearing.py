"""Listening that ends with the widget that listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from app.session import Session


def hear_document(widget: QWidget, session: Session, refresh: Callable[[], object]) -> None:
    """Calls back at each edit and each document that is opened."""
    end_with(widget, session.changed.listen(lambda _: refresh()))
    end_with(widget, session.opened.listen(lambda _: refresh()))


def end_with(widget: QWidget, end: Callable[[], None]) -> None:
    """Ends a listening when the widget is gone."""
    widget.destroyed.connect(lambda _=None: end())
