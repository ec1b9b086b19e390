"""Colours, fonts and icons of the studio: `tokens` has the values, `icon` the pictures."""

from app.theme.icons import icon

__all__ = ["icon"]
