"""The exceptions of Slipstream: one tree, every message a sentence that a person can act on.

SlipstreamError
├── SpecError          a node class is declared wrongly; raised at import, names class and argument
├── GraphError         an edit that the graph cannot take: unknown key or port, types that do not
│                      link, a cycle
├── ParamError         a value that a parameter cannot hold: wrong type, NaN, not a choice
├── DocumentError      a file that cannot be opened or written as a document
├── RegistryError      a node type that is not known
├── WeightsError       a checkpoint that is missing, mangled, mis-shaped or not safe to open
├── MediaError         a picture, video or sound file that cannot be read or written
├── DeviceError        a camera, screen, encoder or accelerator that is absent or went away;
│                      the engine tears the node down and sets it up again
└── NodeFailure        a node that raised while rendering offline
EndOfStream            raised by a source that has nothing more to give; not an error
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class SlipstreamError(Exception):
    """Anything that a person, a file or a device did wrong; its text is shown as it is."""


class SpecError(SlipstreamError, TypeError):
    """A node class that is declared wrongly."""


class GraphError(SlipstreamError):
    """An edit that the graph cannot take."""


class ParamError(SlipstreamError, ValueError):
    """A value that a parameter cannot hold."""


class DocumentError(SlipstreamError):
    """A file that cannot be opened or written as a document."""


class RegistryError(SlipstreamError):
    """A node type that is not known."""


class WeightsError(SlipstreamError):
    """A checkpoint that is missing, mangled, of the wrong shape, or not safe to open."""


class MediaError(SlipstreamError):
    """A picture, video or sound file that cannot be read or written."""


class DeviceError(SlipstreamError):
    """A device that is absent or went away; the engine tears the node down and sets it up again."""


class NodeFailure(SlipstreamError):
    """A node that raised while rendering offline; `key` names it."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}")
        self.key = key


class EndOfStream(Exception):
    """Raised by a source whose material is over."""


FEW = 12  # names that are listed to whoever asks for one that is not there


def did_you_mean(wrong: str, known: Iterable[str], *, few: int = 0) -> str:
    """A trailing sentence with the nearest known name; when none is near, with all of them if they
    are at most `few`, or nothing."""
    names = list(known)
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there are {', '.join(map(repr, names))}" if 0 < len(names) <= few else ""
