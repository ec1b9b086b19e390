"""What node code raises: caught where a failure must not spread, and told in one sentence."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from engine.errors import SlipstreamError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)

AT_END = "at its end"  # what a live source says that has nothing more, until it is rewound


def attempt(action: Callable[..., object], *arguments: object) -> Exception | None:
    """Calls node code; what it raises is returned, because a node's failure is a mode and not the
    end.
    """
    try:
        action(*arguments)
    except Exception as error:
        log.debug("node code raised", exc_info=True)
        return error
    return None


def sentence(error: BaseException, arguments: Mapping[str, Any]) -> str:
    """An exception as one sentence, with the shapes it met where it is a bug and not a message to
    people.
    """
    if isinstance(error, SlipstreamError):
        return str(error)
    first = next(iter(str(error).splitlines()), "")
    shapes = ", ".join(f"{name} {value!r}" for name, value in arguments.items())
    return f"{type(error).__name__}: {first}" + (f" (with {shapes[:200]})" if shapes else "")
