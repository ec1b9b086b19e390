"""What is on air, and beside it the preview that blind edits go to until they are taken.

A take swaps the two stages after their pictures were mixed: the new one already runs, so the
output never waits for it. The former program then follows the document as the next preview.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from app.stage import Stage
from engine.cells import LINK
from engine.errors import GraphError, ParamError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.program import Program
    from engine.document import Document
    from engine.player import Player
    from engine.runner import Runner
    from engine.stats import Tap


class Air:
    """The stages of a session."""

    def __init__(
        self,
        program: Program,
        document: Document,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._program = program
        self._clock = clock
        self.program = Stage(program, document)
        self.preview: Stage | None = None
        self.mix = 0.0  # share of the preview in the picture on air
        self._fade: tuple[float, float, float] | None = None  # begun, seconds, mix at the begin

    @property
    def edited(self) -> Stage:
        """The stage that edits go to."""
        return self.preview or self.program

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The program first."""
        return (self.program, self.preview) if self.preview else (self.program,)

    def apply(self, document: Document) -> None:
        self.edited.apply(document)

    def also(self, stage: Stage, touch: Callable[[Player], None]) -> None:
        """Does in the preview what was done on air, so that a take is no jump."""
        if stage is self.program and self.preview is not None:
            try:
                touch(self.preview.player)
            except (GraphError, ParamError):
                return  # the preview has no such node

    def start(self) -> None:
        for stage in self.stages:
            stage.start()

    def stop(self) -> bool:
        """Whether every thread ended in time."""
        ended = [stage.stop() for stage in self.stages]
        return all(ended)

    def restart(self) -> None:
        for stage in self.stages:
            stage.restart()

    def reset(self) -> None:
        for stage in self.stages:
            stage.reset()

    def close(self) -> None:
        for stage in self.stages:
            stage.close()

    # Blind edits

    def set_blind(self, on: bool, document: Document) -> None:
        """Begins a preview, or ends it and puts the document on air."""
        if on == (self.preview is not None):
            return
        if on:
            self.preview = Stage(self._program, document)
            if self.program.is_running:
                self.preview.start()
            return
        self.take()
        self._dismiss()

    def set_mix(self, share: float) -> None:
        """Moves the crossfader; at its other end the preview is on air."""
        if self.preview is None:
            return
        self._fade = None
        self.mix = min(1.0, max(0.0, share))
        if self.mix >= 1.0:
            self._swap()

    def take(self, fade: float = 0.0) -> None:
        """Puts the preview on air within `fade` seconds."""
        if self.preview is None:
            return
        if fade > 0:
            self._fade = (self._clock(), fade, self.mix)
        else:
            self._swap()

    def tick(self) -> None:
        """Moves a take along."""
        if self._fade is None:
            return
        begun, seconds, origin = self._fade
        share = (self._clock() - begun) / seconds
        self.mix = min(1.0, origin + (1.0 - origin) * share)
        if share >= 1.0:
            self._swap()

    def _swap(self) -> None:
        self._fade, self.mix = None, 0.0
        if self.preview is None:
            return
        recording = self.program.recording
        if recording is not None:
            self.program.record(None)
        self.program, self.preview = self.preview, self.program
        if recording is not None:
            self.program.record(recording)
        self.preview.apply(self.program.document)

    def _dismiss(self) -> None:
        gone, self.preview = self.preview, None
        if gone is not None:
            threading.Thread(target=gone.close, name="studio-preview-end", daemon=True).start()

    # Looking

    def value(self, key: str, name: str) -> Any:
        """A live value, None where its node does not run."""
        stage, runner = self._runner(key)
        if runner is None:
            return None
        try:
            return runner.cells[name].value(stage.player.clock.now())
        except ParamError:
            return None

    def driven(self, key: str, name: str) -> str | None:
        """Who drives a live value."""
        _, runner = self._runner(key)
        try:
            return runner.cells[name].driven if runner else None
        except ParamError:
            return None

    def driven_values(self) -> Iterator[tuple[str, str, Any]]:
        """Key, name and value of everything that controllers and cues drive now."""
        own = self.edited.added()
        now = self.edited.player.clock.now()
        for runner in self.edited.player.runners:
            for param in runner.spec.params:
                cell = runner.cells[param.name]
                if runner.key not in own and cell.driven not in (None, LINK):
                    yield runner.key, param.name, cell.value(now)

    def tap(self, key: str, port: str) -> Tap | None:
        """A look at an output of the stage that is edited."""
        try:
            return self.edited.player.tap(key, port)
        except GraphError:
            return None

    def _runner(self, key: str) -> tuple[Stage, Runner | None]:
        return self.edited, self.edited.find(key)

    def __repr__(self) -> str:
        return f"<Air {self.program!r} mix {self.mix:.2f} {self.preview!r}>"
