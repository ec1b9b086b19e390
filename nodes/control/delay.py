"""A number as it was some frames ago; also what makes a feedback loop of numbers legal."""

from __future__ import annotations

from engine.node import Context, Node, param, state


class Delay(Node, id="control.delay", title="Delay number", delays=True):
    """Sends the number that came some frames ago, so that a movement of the picture follows later.

    Until that many have come it sends `initial`, or the first number where `from_first` is on. In a
    loop the smallest delay, one frame, closes the circle.
    """

    frames: int = param(default=1, doc="How many frames later", min=1, max=600, soft=(1, 60))
    from_first: bool = param(default=True, doc="Begins with the first number instead of `initial`")
    initial: float = param(
        default=0.0, doc="What is sent before the first number is due", soft=(0, 1)
    )
    _past: tuple[float, ...] = state(())

    def write(self, value: float) -> None:
        """Takes the number of this step."""
        self._past = (*self._past, value)[-(self.frames + 1) :]

    def read(self) -> float | None:
        """The number written `frames` writes before the newest; None while there is none."""
        return self._past[-1 - self.frames] if len(self._past) > self.frames else None

    def read_ahead(self) -> float | None:
        """What `read` will give after the next write: for the step to come."""
        return self._past[-self.frames] if len(self._past) >= self.frames else None

    def start(self, ctx: Context) -> float:
        """What a loop begins with."""
        del ctx
        return self.initial

    def process(self, value: float) -> float:
        self.write(value)
        due = self.read()
        if due is None:
            return self._past[0] if self.from_first else self.initial
        return due
