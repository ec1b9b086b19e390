"""Media, models and devices: what can be used is listed, and told when it is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.control.hub import Bindings
from app.control.rig import Rig
from app.panels.devices import NONE, DevicesPanel
from app.panels.media import MediaPanel
from app.panels.models import ModelsPanel
from nodes.sources.cameras import CameraInfo

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session


def test_media_that_can_be_used_are_listed_and_carried_as_files(
    tmp_path: Path, qtbot: QtBot
) -> None:
    for name in ("b.MP4", "a.png", "song.wav", "notes.doc"):
        (tmp_path / name).touch()
    panel = MediaPanel(tmp_path)
    qtbot.addWidget(panel)
    names = [panel.files.item(row).text() for row in range(panel.files.count())]
    assert names == ["a.png", "b.MP4", "song.wav"]
    data = panel.files.mimeData([panel.files.item(0)])
    assert [url.toLocalFile() for url in data.urls()] == [str(tmp_path / "a.png")]
    with qtbot.waitSignal(panel.chosen) as told:
        panel.files.itemActivated.emit(panel.files.item(1))
    assert told.args == [tmp_path / "b.MP4"]


def test_a_folder_that_went_away_is_empty(tmp_path: Path, qtbot: QtBot) -> None:
    panel = MediaPanel(tmp_path / "gone")
    qtbot.addWidget(panel)
    assert panel.files.count() == 0


def test_the_embedded_model_is_marked_as_here_and_told_by_name(
    session: Session, qtbot: QtBot
) -> None:
    panel = ModelsPanel(session.weights)
    qtbot.addWidget(panel)
    panel.fill()
    rows = {panel.topLevelItem(at).text(0): panel.topLevelItem(at) for at in range(4)}
    tiny = rows["slipstream-tiny"]
    assert "embedded" in tiny.toolTip(0)
    with qtbot.waitSignal(panel.chosen) as told:
        panel.itemActivated.emit(tiny, 0)
    assert told.args == ["slipstream-tiny"]


def test_cameras_are_listed_by_name_and_absence_is_said(session: Session, qtbot: QtBot) -> None:
    hub = Bindings(session, session.document)
    panel = DevicesPanel(Rig(hub))
    qtbot.addWidget(panel)
    panel.fill([CameraInfo("usb-1", "Stage left", "/dev/video0")])
    cameras, midi = panel.tree.topLevelItem(0), panel.tree.topLevelItem(1)
    assert cameras.child(0).text(0) == "Stage left"
    assert midi.child(0).text(0) == NONE
    with qtbot.waitSignal(panel.camera_chosen) as told:
        panel.tree.itemActivated.emit(cameras.child(0), 0)
    assert told.args == ["usb-1"]
    hub.close()
