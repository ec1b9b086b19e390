"""What a touch of a control does to its target: modes, encoders and takeover, one small state each.

A driver belongs to one binding. It is told the parameter's present value at each touch, so that a
control notices when something else has moved the parameter, and takes it over softly again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from app.control.span import Span
from app.control.takeover import TAKEOVERS
from engine.values import Trigger

if TYPE_CHECKING:
    from app.control.binding import Binding
    from app.control.source import Touch
    from engine.param import Param

MOST_STEPS = 64  # that one message of an encoder counts


class Fire(NamedTuple):
    """An action or a cue is called; `number` is a program's, for cues by number."""

    action: str = ""
    cue: str = ""
    number: int = -1


class Driver:
    """One binding at work. `ghost` is where the control stands while the parameter is elsewhere."""

    def __init__(self, binding: Binding, param: Param | None) -> None:
        self.binding = binding
        self.span = (
            Span.of(param, binding.range, curve=binding.curve, invert=binding.invert)
            if param is not None
            else None
        )
        self._takeover = TAKEOVERS[binding.soft]
        self._before: float | None = None  # where the control stood
        self._at: float | None = None  # where the parameter was put, finer than its own steps
        self._sent: Any = None
        self._owed = 0.0  # shares of an encoder's steps
        self._down = False

    def touch(self, touch: Touch, current: Any) -> Any:
        """The parameter's value from now on, a Fire, or None where nothing happens."""
        if self.span is None:
            return self._fired(touch)
        self._notice(current)
        wanted = MODES[self._mode](self, touch, current)
        if wanted is not None:
            self._sent = wanted
        return wanted

    @property
    def ghost(self) -> Any:
        """What the control would set where it stands; None while it leads, or was not seen."""
        before = self._before
        if self.span is None or before is None or self._leads(before):
            return None
        return self.span.value(before)

    @property
    def _mode(self) -> str:
        """Triggers are struck, whatever moves them."""
        assert self.span is not None
        return "trigger" if self.span.param.type is Trigger else self.binding.mode

    def _notice(self, current: Any) -> None:
        """Lets go where somebody else has moved the parameter since."""
        assert self.span is not None
        if self._at is not None and not self.span.is_same(self._sent, current):
            self._at = None

    def _pressed(self, touch: Touch) -> bool:
        """Whether a button went down just now."""
        was, self._down = self._down, touch.on
        has_no_release = touch.source.control == "program"
        return self._down and (not was or has_no_release)

    def _fired(self, touch: Touch) -> Fire | None:
        was = self._down
        struck = self._pressed(touch)
        held = self.binding.mode == "momentary" and was and not self._down
        if not (struck or held):
            return None
        return Fire(self.binding.action, self.binding.cue, touch.raw)

    def _continuous(self, touch: Touch, current: Any) -> Any:
        assert self.span is not None
        before, self._before = self._before, touch.position
        if self._at is not None and self._leads(before):
            at: float | None = touch.position
        else:
            here = self._at if self._at is not None else self.span.position(current)
            near = 0.5 / touch.top
            at = self._takeover.moved(before, touch.position, here, near)
            if at is None and self.span.value(touch.position) == current:
                at = touch.position  # the same choice or whole number
        if at is None:
            return None
        self._at = at
        return self.span.value(at)

    def _leads(self, before: float | None) -> bool:
        """Whether the parameter is where the control was."""
        return before is not None and self._at == before

    def _toggle(self, touch: Touch, current: Any) -> Any:
        assert self.span is not None
        if not self._pressed(touch):
            return None
        on = self.span.value(1.0)
        return self.span.value(0.0) if self.span.is_same(current, on) else on

    def _momentary(self, touch: Touch, current: Any) -> Any:
        assert self.span is not None
        was, self._down = self._down, touch.on
        return self.span.value(float(self._down)) if self._down != was else None

    def _trigger(self, touch: Touch, current: Any) -> Any:
        assert self.span is not None
        if not self._pressed(touch):
            return None
        if self.span.param.type is Trigger:
            return Trigger(int(current) + 1)
        return self.span.value(1.0)

    def _cycle(self, touch: Touch, current: Any) -> Any:
        assert self.span is not None
        return self.span.after(current) if self._pressed(touch) else None

    def _relative(self, touch: Touch, current: Any) -> Any:
        assert self.span is not None
        steps = encoded(touch.raw, self.binding.encoder) * self.binding.speed
        if not steps:
            return None
        if self.span.param.type is not float:
            return self._notched(steps, current)
        here = self._at if self._at is not None else self.span.position(current)
        self._at = min(1.0, max(0.0, here + steps / 127))
        return self.span.value(self._at)

    def _notched(self, steps: float, current: Any) -> Any:
        """Whole notches; shares of one are kept for the next turn."""
        assert self.span is not None
        owed = self._owed + steps
        self._owed = owed - int(owed)
        return self.span.stepped(current, int(owed)) if int(owed) else None


MODES = {
    "continuous": Driver._continuous,
    "toggle": Driver._toggle,
    "momentary": Driver._momentary,
    "trigger": Driver._trigger,
    "cycle": Driver._cycle,
    "relative": Driver._relative,
}


def encoded(raw: int, encoder: str) -> int:
    """The steps that an endless encoder's 7 bits mean, up positive."""
    if encoder == "offset":
        steps = raw - 64
    elif encoder == "signed":
        steps = -(raw & 63) if raw & 64 else raw & 63
    else:
        steps = raw - 128 if raw & 64 else raw
    return max(-MOST_STEPS, min(MOST_STEPS, steps))
