"""Hands on the graph while it plays: pictures go on, whatever is done."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from tests.app.canvas.tools.conftest import CTRL, RIGHT, Desk
from tests.app.shows import waits_for

UP = "pattern.out -> blur.frame"


def goes_on(desk: Desk) -> bool:
    """Whether another picture is shown from now on."""
    before = desk.session.picture().serial
    return waits_for(lambda: desk.session.picture().serial > before)


def test_the_picture_goes_on_while_links_are_drawn_cut_and_brought_back(desk: Desk):
    desk.session.start()
    assert waits_for(desk.session.picture)
    desk.press(desk.into("blur"))
    desk.move(QPointF(0, 60))
    assert goes_on(desk)  # with the link on the pointer it still carries
    desk.key(Qt.Key.Key_Escape)
    desk.drag(desk.title("sharpen"), desk.on_link(UP) - QPointF(0, 10))
    assert goes_on(desk)
    desk.drag(desk.out("blur"), desk.out("blur") + QPointF(40, 200))
    desk.hand.placing.palette.hide()
    desk.session.undo()
    desk.drag(QPointF(200, -260), QPointF(210, 0), button=RIGHT, modifiers=CTRL)
    assert "blur.out -> output.frame" not in desk.links
    desk.session.undo()
    assert goes_on(desk)
    desk.session.stop()
