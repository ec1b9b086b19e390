"""The fonts that come along, made known to Qt, so that the window looks the same everywhere."""

from __future__ import annotations

import logging

from PySide6.QtGui import QFontDatabase

from app.folders import ASSETS

FONTS = ASSETS / "fonts"
_log = logging.getLogger(__name__)


def register() -> tuple[str, ...]:
    """The families that Qt knows from now on; a file that it cannot read is passed over."""
    families: set[str] = set()
    for path in sorted((*FONTS.glob("*.otf"), *FONTS.glob("*.ttf"))):
        number = QFontDatabase.addApplicationFont(str(path))
        if number < 0:
            _log.warning("the font %s cannot be read; the system's own takes its place", path.name)
        else:
            families.update(QFontDatabase.applicationFontFamilies(number))
    return tuple(sorted(families))
