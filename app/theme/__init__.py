"""Colours, fonts, icons and style sheet of the studio, all from one file a theme."""

from app.theme.icons import icon
from app.theme.style import apply, magnify

__all__ = ["apply", "icon", "magnify"]
