"""Models as leases: asked for by name, loaded once for all who ask alike, given back when done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from engine.errors import WeightsError
from nodes.models import zoo

if TYPE_CHECKING:
    from engine.node import Context

M = TypeVar("M")
Progress = Callable[[float, str], None]
Load = Callable[[Path, Progress], M]  # two that are equal share what they load


@dataclass(frozen=True, eq=False)
class Held(Generic[M]):
    """A model in use; `release` gives it back to those who share it."""

    model: M
    release: Callable[[], None]


def hold(name: str, ctx: Context, load: Load[M], *, file: str = "") -> Held[M]:
    """The model of a name, for a node: embedded, a path, in the hub's cache, or fetched.

    `file` is the one of its folder that `load` is given. WeightsError in one sentence where the
    model is nowhere, or is not one that `load` takes.
    """
    if ctx.weights is None:
        return Held(load(zoo.locate(name, file=file), ctx.progress), lambda: None)
    lease = _lease(name, ctx, load, file)
    return Held(lease.value, lease.release)


def _lease(name: str, ctx: Context, load: Load[M], file: str) -> Any:
    try:
        where = str(zoo.locate(name, ctx.weights, file=file))
    except WeightsError:
        if not zoo.known(name).repo:
            raise
        return _fetched(name, ctx, load)
    return _asked(where, ctx, load)


def _fetched(name: str, ctx: Context, load: Load[M]) -> Any:
    try:
        return _asked(name, ctx, load)
    except WeightsError as error:
        raise WeightsError(zoo.missing(name)) from error


def _asked(where: str, ctx: Context, load: Load[M]) -> Any:
    return ctx.weights.load(
        where,
        load,
        dtype=ctx.dtype,
        device=ctx.device,
        progress=ctx.progress,
        cancelled=ctx.cancelled,
    )
