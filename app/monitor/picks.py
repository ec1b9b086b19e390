"""What a monitor can show: the program, the preview, or what an output of a node gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from engine.handoff import await_ready

if TYPE_CHECKING:
    from app.session import Session

Kind = Literal["program", "preview", "node"]


class Pick(NamedTuple):
    """A choice: `key` and `port` name an output where the kind is "node"."""

    kind: Kind
    key: str = ""
    port: str = "out"

    @property
    def title(self) -> str:
        """What a caption says."""
        if self.kind == "node":
            return self.key if self.port == "out" else f"{self.key}.{self.port}"
        return {"program": "Program", "preview": "Preview"}[self.kind]


PROGRAM, PREVIEW = Pick("program"), Pick("preview")


def look(session: Session, pick: Pick) -> Any:
    """The newest of what a pick names, None where there is none."""
    if pick.kind == "node":
        tap = session.tap(pick.key, pick.port)
        packet = tap.newest() if tap else None
        if packet is None:
            return None
        await_ready(packet)
        return packet.value
    shown = session.picture() if pick.kind == "program" else session.preview_picture()
    return shown.frame if shown else None


def is_live(session: Session, pick: Pick) -> bool:
    """Whether what a pick names is being made."""
    return session.is_running and (pick.kind != "preview" or session.blind)
