"""One call dresses the application: style sheet, palette, fonts and icons agree with the theme."""

from __future__ import annotations

import gc
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo, QFontMetricsF, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app import theme
from app.theme import fonts, marks, motion, style, tokens
from tests.app.theme.pixels import counted


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture
def dressed(qapp: QApplication):
    """The application; what it wears is taken off after the test."""
    before = qapp.palette(), qapp.font(), qapp.style().objectName()
    yield qapp
    qapp.setStyleSheet("")
    qapp.setStyle(before[2])
    qapp.setPalette(before[0])
    qapp.setFont(before[1])
    tokens.put_on(tokens.load("dark"))
    motion.reduce(False)


@pytest.mark.parametrize("name", tokens.names())
def test_a_style_sheet_has_no_name_left_in_it(name: str):
    sheet = re.sub(r"/\*.*?\*/", "", style.sheet(tokens.load(name)), flags=re.DOTALL)
    assert re.findall(r"[@$]\w+", sheet) == []
    assert sheet.count("{") == sheet.count("}")


def test_every_mark_of_the_style_sheet_is_a_file():
    urls = re.findall(r"url\(([^)]+)\)", style.sheet(tokens.load("light")))
    assert urls
    assert [url for url in urls if not Path(url).is_file()] == []


def test_marks_are_drawn_elsewhere_where_the_cache_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert all(path.is_file() for path in marks.files(tokens.load("dark")).values())


def test_a_theme_tells_those_who_paint(dressed: QApplication):
    seen: list[str] = []
    end = tokens.changed.listen(lambda look: seen.append(look.name))
    theme.apply(dressed, "light")
    end()
    theme.apply(dressed, "dark")
    assert seen == ["light"]
    assert tokens.current().name == "dark"


def test_the_palette_follows_the_theme(dressed: QApplication):
    look = theme.apply(dressed, "high_contrast")
    palette = dressed.palette()
    assert palette.color(QPalette.ColorRole.Base) == look.color("bg.field")
    disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    assert disabled == look.color("text.disabled")


def test_a_theme_that_is_not_there_leaves_the_one_that_is(dressed: QApplication):
    theme.apply(dressed, "light")
    with pytest.raises(ValueError, match="no theme 'lihgt'"):
        theme.apply(dressed, "lihgt")
    assert tokens.current().name == "light"


def test_the_fonts_that_come_along_are_the_ones_used(dressed: QApplication):
    assert {"Inter", "JetBrains Mono"} <= set(fonts.register())
    look = tokens.load("dark")
    assert QFontInfo(look.font("body")).family() == "Inter"
    assert QFontInfo(look.font("mono")).family() == "JetBrains Mono"
    assert QFontDatabase.weight("Inter", "Semi Bold") == QFont.Weight.DemiBold


@pytest.mark.parametrize("role", ["body", "label", "title", "mono"])
def test_numbers_do_not_jitter(dressed: QApplication, role: tokens.Role):
    look = theme.apply(dressed, "dark")
    metrics = QFontMetricsF(look.font(role))
    widths = [metrics.horizontalAdvance(digit * 4) for digit in "0123456789"]
    assert max(widths) - min(widths) < 0.1


def test_numbers_in_labels_do_not_jitter_either(dressed: QApplication, qtbot: QtBot):
    theme.apply(dressed, "dark")
    label = QLabel()
    qtbot.addWidget(label)
    label.ensurePolished()
    widths = {label.fontMetrics().horizontalAdvance(digit * 4) for digit in "0123456789"}
    assert len(widths) == 1


def test_plots_made_from_now_on_have_the_colours_of_the_theme(dressed: QApplication):
    import pyqtgraph

    look = theme.apply(dressed, "light")
    assert pyqtgraph.getConfigOption("background") == look.hex("bg.panel")


@pytest.mark.parametrize("name", tokens.names())
@pytest.mark.parametrize("kind", [QPushButton, QLineEdit])
def test_focus_is_a_ring_of_two_pixels(
    dressed: QApplication, name: str, kind: type[QWidget], qtbot: QtBot
):
    look = theme.apply(dressed, name)
    window, widget, other = QWidget(), kind(), QPushButton()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    column.addWidget(other)
    column.addWidget(widget)
    window.resize(200, 100)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    before = counted(widget, look.color("focus"))
    widget.setFocus()
    ring = 2 * 2 * (widget.width() + widget.height())
    assert before == 0
    assert counted(widget, look.color("focus")) > 0.8 * ring


def test_every_icon_is_drawn_in_the_colour_asked_for(dressed: QApplication):
    look = theme.apply(dressed, "dark")
    drawn = theme.icon("record", "air").pixmap(64, 64).toImage()
    assert drawn.pixelColor(10, 32) == look.color("air")


def test_icons_that_are_there_follow_the_theme(dressed: QApplication):
    theme.apply(dressed, "dark")
    stop, colors = theme.icon("stop"), []
    for name in ("dark", "light"):
        look = theme.apply(dressed, name)
        colors.append(stop.pixmap(64, 64).toImage().pixelColor(32, 32) == look.color("text"))
    assert colors == [True, True]


def test_a_disabled_icon_is_grey(dressed: QApplication):
    look = theme.apply(dressed, "dark")
    grey = theme.icon("stop", "air").pixmap(QSize(64, 64), QIcon.Mode.Disabled).toImage()
    assert grey.pixelColor(32, 32) == look.color("text.disabled")


def test_every_word_for_an_icon_is_one(dressed: QApplication):
    from app.theme import icons

    assert [word for word in icons.NAMES if theme.icon(word).pixmap(16, 16).isNull()] == []
    with pytest.raises(KeyError, match=r"no icon 'recrod'.*record"):
        theme.icon("recrod")


@pytest.mark.parametrize(
    ("percent", "factor"), [(100, "1"), (150, "1.5"), (10, "0.75"), (999, "2")]
)
def test_the_studio_is_magnified_within_limits(
    percent: int, factor: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("QT_SCALE_FACTOR", "")
    theme.magnify(percent)
    assert style.os.environ["QT_SCALE_FACTOR"] == factor


def test_movements_are_short_and_can_be_forbidden(dressed: QApplication):
    assert motion.duration(900) == 150
    assert motion.duration(80) == 80
    motion.reduce(True)
    assert motion.duration() == 0


def test_a_copy_of_an_icon_that_goes_its_own_way_can_be_drawn(dressed: QApplication):
    copy = QIcon(theme.icon("stop"))
    copy.setIsMask(True)
    gc.collect()
    assert not copy.pixmap(16, 16).isNull()
