"""The help of every node is whole: it is made from what the node declares."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QUrl
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.documents import presets
from app.panels.help import HelpPanel
from app.panels.help_page import EMPTY, page, users
from app.session import Session


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> HelpPanel:
    made = HelpPanel(session)
    qtbot.addWidget(made)
    return made


def test_without_a_selection_it_says_what_to_do(panel: HelpPanel):
    assert panel.page.toPlainText() == EMPTY


def test_it_follows_the_selection(panel: HelpPanel, session: Session):
    session.select(["blur"])
    assert panel.shown is not None
    assert panel.shown.id == "compose.blur"
    assert panel.page.toPlainText().startswith("Blur\ncompose.blur\n")


def test_it_keeps_the_page_when_the_selection_ends(panel: HelpPanel, session: Session):
    session.select(["blur"])
    session.select([])
    assert "compose.blur" in panel.page.toPlainText()


def test_every_node_names_all_its_ports_and_parameters(session: Session):
    for spec in session.registry.specs():
        text = page(spec, session.registry)
        names = [part.name for part in (*spec.params, *spec.inputs, *spec.outputs)]
        assert [name for name in names if f"<b>{name}</b>" not in text] == [], spec.id


def test_limits_units_and_defaults_are_told(session: Session):
    text = page(session.registry.get("compose.blend"), session.registry)
    assert "default 1 · 0 to 1" in text
    assert "may be left out" in text
    assert "multiply" in text


def test_links_lead_to_nodes_and_presets_that_exist(session: Session):
    for spec in session.registry.specs():
        links = re.findall(r"href='(\w+):([^']+)'", page(spec, session.registry))
        nodes = [name for kind, name in links if kind == "node"]
        assert [name for name in nodes if session.registry.find(name) is None] == []
        assert {name for kind, name in links if kind == "preset"} <= set(presets())


def test_presets_are_found_by_what_is_in_them():
    assert "webcam_dream" in users()["sources.camera"]


def test_a_link_to_a_preset_is_told_and_one_to_a_node_followed(panel: HelpPanel, qtbot: QtBot):
    panel.show_type("compose.blend")
    with qtbot.waitSignal(panel.preset_chosen) as chosen:
        panel.page.anchorClicked.emit(QUrl("preset:flow_smear"))
    panel.page.anchorClicked.emit(QUrl("node:compose.blur"))
    assert chosen.args == ["flow_smear"]
    assert "compose.blur" in panel.page.toPlainText()


def test_a_node_that_is_not_known_leaves_the_page(panel: HelpPanel):
    panel.show_type("compose.blur")
    panel.show_type("compose.nothing")
    panel.page.anchorClicked.emit(QUrl("node:<script>"))
    assert "compose.blur" in panel.page.toPlainText()


def test_it_stops_listening_when_it_goes(session: Session):
    before = repr(session.selected)
    made = HelpPanel(session)
    delete(made)
    assert repr(session.selected) == before
