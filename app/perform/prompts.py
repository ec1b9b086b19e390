"""What the prompt line says, to which parameter, and what it said before. Knows no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cues.cue import Cue
from app.cues.live import prompt_ends
from app.cues.player import PROMPT
from app.tempo import BAR
from engine.cells import LINK
from engine.parts import split_end
from engine.values import Prompt

if TYPE_CHECKING:
    from app.cues.launch import Light
    from app.cues.player import CuePlayer, Playing
    from engine.graph import Graph

KEPT = 100  # texts
LONGEST = 2000  # characters


class Prompts:
    """The live prompt of a session's graph: said at the next bar or now, by the desk's morph."""

    def __init__(self, session: Playing, cues: CuePlayer) -> None:
        self.history: list[str] = []  # what was said, the latest last
        self._session, self._cues = session, cues
        self._chosen: str | None = None
        self._graph: Graph | None = None
        self._ends: list[str] = []  # of that graph
        self._at = -1  # the place in the history of what was said last
        session.opened.listen(lambda _: self._forget())

    @property
    def targets(self) -> list[str]:
        """The prompts of the graph that no link drives, as `node.param`."""
        graph = self._session.graph
        if graph is not self._graph:
            self._graph, self._ends = graph, prompt_ends(graph)
        return [end for end in self._ends if self._session.driven(*split_end(end)) != LINK]

    @property
    def target(self) -> str | None:
        """Where the text goes: what was chosen, else the first prompt that has words."""
        targets = self.targets
        if self._chosen in targets:
            return self._chosen
        spoken = (end for end in targets if self._words(end))
        return next(spoken, targets[0] if targets else None)

    def choose(self, end: str) -> None:
        """Text goes there from now on."""
        self._chosen = end

    @property
    def live(self) -> str:
        """The text that is live now; of several pieces the heaviest last."""
        end = self.target
        return self._words(end) if end else ""

    def say(self, text: str, *, now: bool = False) -> bool:
        """Morphs to a text, from the next bar on or at once; whether there was something to do."""
        text = " ".join(text.split())[:LONGEST]
        if self.target is None:
            self._session.said.tell("no prompt here is free: links drive them all", "info")
            return False
        if not text:
            return False
        if not self.history and self.live and self.live != text:
            self.history.append(self.live)
        if not self.history or self.history[-1] != text:
            self.history = [*self.history, text][-KEPT:]
        self._at = len(self.history) - 1
        self._launch(text, now=now)
        return True

    def previous(self) -> bool:
        """Returns to the text before, at the next bar; again, to the one before that."""
        if self._at <= 0:
            self._session.said.tell("there is no earlier prompt", "info")
            return False
        self._at -= 1
        self._launch(self.history[self._at], now=False)
        return True

    @property
    def shown(self) -> str:
        """What was said last while it waits or comes, else what is live."""
        light = self.light
        on_its_way = light is not None and (light.waits or light.progress is not None)
        return self.said if on_its_way else self.live

    @property
    def light(self) -> Light | None:
        """How what was said last goes, None before."""
        text = self.history[self._at] if 0 <= self._at < len(self.history) else None
        return None if text is None else self._cues.light(self._cue(text))

    @property
    def said(self) -> str:
        """What was said last, "" before."""
        return self.history[self._at] if 0 <= self._at < len(self.history) else ""

    def _launch(self, text: str, *, now: bool) -> None:
        self._cues.launch(self._cue(text), quantize=0 if now else BAR)

    def _cue(self, text: str) -> Cue:
        return Cue(f"“{text}”", {self.target or "": text}, row=PROMPT, column=0)

    def _words(self, end: str) -> str:
        value = self._session.value(*split_end(end))
        pieces = value.pieces if isinstance(value, Prompt) else ()
        heaviest = sorted(pieces, key=lambda piece: -piece[1])
        return " + ".join(text for text, weight in heaviest if weight > 0 and text.strip())

    def _forget(self) -> None:
        self.history, self._at, self._chosen = [], -1, None
