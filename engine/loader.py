"""Sets nodes up away from the picture: live on threads of its own, offline in line."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import torch

from engine.errors import NodeFailure
from engine.faults import attempt, sentence
from engine.runner import Runner, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.node import Context, Node

log = logging.getLogger(__name__)

WORKERS = 2
PATIENCE = 3.0  # seconds that a teardown waits for the end of a call


class Loader:
    """Makes instances and gives them to their runners; takes old ones down."""

    def __init__(self, *, threaded: bool) -> None:
        self._pool = (
            ThreadPoolExecutor(WORKERS, "slipstream-loader", torch.set_grad_enabled, (False,))
            if threaded
            else None
        )
        self._newest: dict[Runner, object] = {}
        self._handing = threading.Lock()  # an instance is handed over, or nobody wants it

    def load(self, runner: Runner, ctx: Context, now: Callable[[], int]) -> None:
        """Builds an instance of the runner's node; a later load of the same runner wins."""
        ticket = object()
        self._newest[runner] = ticket
        runner.outdated = False
        if runner.node is None:
            runner.status = Status.LOADING
        ctx = replace(
            ctx,
            cancelled=lambda: self._newest.get(runner) is not ticket,
            progress=partial(_tell, runner),
        )
        self._do(self._build, runner, ctx, now, ticket)

    def forget(self, runner: Runner) -> None:
        """Whatever is being built for this runner is no longer wanted."""
        with self._handing:
            self._newest.pop(runner, None)

    def retire(self, node: Node, runner: Runner | None) -> None:
        """Takes an instance down, once the runner is out of the call that it may be in."""
        self._do(_tear_down, node, runner)

    def close(self) -> None:
        """Waits for what is under way."""
        self._newest.clear()
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def _do(self, action: Callable[..., object], *arguments: object) -> None:
        if self._pool is None:
            action(*arguments)
        else:
            self._pool.submit(action, *arguments)

    def _build(self, runner: Runner, ctx: Context, now: Callable[[], int], ticket: object) -> None:
        if self._newest.get(runner) is not ticket:
            return
        node = runner.spec.cls(**runner.cells.values(now()))
        node.ctx = ctx
        error = attempt(node.setup, ctx)
        with self._handing:
            wanted = self._newest.get(runner) is ticket
            if wanted and error is None:
                runner.install(node)
                return
        attempt(node.teardown)
        if wanted and error is not None:
            self._refuse(runner, sentence(error, {}), now())

    def _refuse(self, runner: Runner, message: str, now: int) -> None:
        if not runner.live:
            raise NodeFailure(runner.key, message)
        runner.refuse(message, retry_at=runner.back_off(now))

    def __repr__(self) -> str:
        return f"<Loader {len(self._newest)} loaded {'threads' if self._pool else 'in line'}>"


def _tell(runner: Runner, share: float, text: str) -> None:
    runner.message = f"{text}: {share:.0%}"


def _tear_down(node: Node, runner: Runner | None) -> None:
    if runner is None:
        attempt(node.teardown)
        return
    if not runner.owned.acquire(timeout=PATIENCE):
        log.error("%s hangs in a call; it is left as it is", runner.key)
        return
    try:
        runner.close()
        attempt(node.teardown)
        runner.node = None
    finally:
        runner.owned.release()
