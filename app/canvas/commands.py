"""What the view offers by itself, under the ids of `app/actions.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.canvas.view import CanvasView

STEP = 1.25  # zoom of a key


def view_commands(view: CanvasView) -> dict[str, Callable[[], None]]:
    """The commands that change what is seen, and nothing of the document."""
    return {
        "canvas.fit": lambda: _looked(view, lambda: view.frame_items(view.session.selection)),
        "canvas.fit_all": lambda: _looked(view, lambda: view.frame_items(())),
        "canvas.actual": lambda: _looked(view, lambda: _zoom(view, 1.0 / view.zoom)),
        "canvas.zoom_in": lambda: _zoom(view, STEP),
        "canvas.zoom_out": lambda: _zoom(view, 1 / STEP),
        "canvas.back": view.camera.back,
        "canvas.forward": view.camera.forward,
        "canvas.minimap": view.toggle_minimap,
        "canvas.heat": view.toggle_heat,
        "canvas.thumbnails": view.toggle_thumbnails,
        "find.node": view.finder.open,
        "graph.enter": lambda: _enter(view),
        "graph.leave": lambda: _leave(view),
    }


def _looked(view: CanvasView, look: Callable[[], None]) -> None:
    """Looks elsewhere, so that one can go back."""
    view.camera.note()
    look()
    view.camera.note()


def _zoom(view: CanvasView, factor: float) -> None:
    size = view.viewport().size()
    view.camera.zoom_at(QPointF(size.width() / 2, size.height() / 2), factor)


def _enter(view: CanvasView) -> None:
    for key in view.session.selection[:1]:
        view.canvas.enter(key)


def _leave(view: CanvasView) -> None:
    view.canvas.leave()
