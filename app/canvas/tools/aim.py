"""Where a loose end of a link would land: the port that draws it, and what a drop there does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6.QtCore import QPointF

from app import editing
from app.canvas.metrics import HIT, Tier, tier
from engine.errors import GraphError
from engine.loops import LoopError
from engine.parts import fits, split_end
from engine.spec import Port

if TYPE_CHECKING:
    from app.canvas.face import PortRef
    from app.canvas.node_item import NodeItem
    from app.canvas.scene import CanvasScene
    from engine.document import Document
    from engine.param import Param

GRAB = HIT / 2  # screen pixels around a port that take hold of it
GRAB_NODE = 14.0  # but no more than this much of the canvas, so that small nodes can be moved
MAGNET = 24.0  # screen pixels from which a port draws a loose end

Does = Literal["nothing", "link", "delay", "params", "refused"]


class Verdict(NamedTuple):
    """What linking two ends does, and the sentence that says more."""

    does: Does
    reason: str = ""


class Aim(NamedTuple):
    """What a drop at the pointer does: `end` is the port there, "" over empty canvas."""

    at: QPointF
    end: str = ""
    key: str = ""
    does: Does = "nothing"
    reason: str = ""


def port_under(scene: CanvasScene, point: QPointF) -> PortRef | None:
    """The port that a press takes hold of; none where nodes are too small to tell them apart."""
    zoom = scene.zoom()
    if tier(zoom) is Tier.BLOCK:
        return None
    ref = scene.port_at(point, min(GRAB, GRAB_NODE * zoom))
    item = scene.node(ref.key) if ref else None
    return ref if item is not None and not item.face.collapsed else None


def judge(document: Document, source: str, target: str) -> Verdict:
    """Whether an output may be linked to an input, and how."""
    try:
        editing.connect(document, source, target)
    except LoopError as error:
        return _loop(document, source, target, str(error))
    except GraphError as error:
        return Verdict("refused", str(error))
    through = editing.conversion(document.graph, *_ends(document, source, target))
    spec = document.graph.types.find(through) if through else None
    return Verdict("link", f"{spec.title} goes between" if spec else "")


def _loop(document: Document, source: str, target: str, reason: str) -> Verdict:
    try:
        editing.connect_with_delay(document, source, target)
    except LoopError:
        return Verdict("refused", reason)
    except GraphError as error:  # a Delay would not help, so it is not advised either
        return Verdict("refused", f"Even through a Delay {error}")
    return Verdict("delay", "This closes a loop; drop to link it through a Delay")


def _ends(document: Document, source: str, target: str) -> tuple[Port, Port | Param]:
    output = document.graph.output(*split_end(source))
    enter = document.graph.target(*split_end(target))
    assert output is not None
    assert enter is not None
    return output, enter


class Aiming:
    """Looks for landing places of one loose end; judgements are kept while the gesture lasts."""

    def __init__(
        self, scene: CanvasScene, document: Document, fixed: PortRef, *, seeks_input: bool
    ) -> None:
        self._scene, self._document = scene, document
        self._fixed, self._seeks_input = fixed, seeks_input
        self._known: dict[str, Verdict] = {}
        self._takes: dict[str, tuple[str, ...]] = {}
        find = document.graph.output if seeks_input else document.graph.target
        self._port = find(fixed.key, fixed.name)

    def lit(self, item: NodeItem) -> frozenset[tuple[str, bool]]:
        """The ports of a node that would take the end, by type."""
        graph, side = self._document.graph, not self._seeks_input
        if self._seeks_input:
            shown = (p for p in graph.params(item.key) if p.name in graph.entry(item.key).expose)
            ports = (*graph.inputs(item.key), *shown)
            return frozenset((port.name, side) for port in ports if self._may(self._port, port))
        ports = graph.outputs(item.key)
        return frozenset((port.name, side) for port in ports if self._may(port, self._port))

    def knobs(self, key: str) -> tuple[str, ...]:
        """The parameters of a node that the end could drive and that are not shown as ports."""
        graph, source = self._document.graph, self._port
        if not self._seeks_input or not isinstance(source, Port):
            return ()
        shown = graph.entry(key).expose
        known = (param for param in graph.params(key) if param.name not in shown)
        return tuple(param.name for param in known if param.exposable and fits(source, param))

    def at(self, point: QPointF, *, knobs: bool = False) -> Aim:
        """What lies under a point; `knobs` asks for parameters of the node in place of ports."""
        item = self._scene.node_at(point)
        if knobs and item is not None and self.knobs(item.key):
            return Aim(point, "", item.key, "params", "Drop to choose what it drives")
        near = self._nearest(point)
        if near is not None:
            at = self._scene.nodes[near.key].port_pos(near.name, near.is_output)
            return Aim(at, near.end, near.key, *self.verdict(near.end))
        return self._on_body(item, point) if item is not None else Aim(point)

    def verdict(self, end: str) -> Verdict:
        """What linking the loose end to a port does."""
        if end not in self._known:
            ends = (self._fixed.end, end) if self._seeks_input else (end, self._fixed.end)
            self._known[end] = judge(self._document, *ends)
        return self._known[end]

    def _nearest(self, point: QPointF) -> PortRef | None:
        """The nearest port that would take the end, else the nearest of its side."""
        reach = MAGNET / self._scene.zoom()
        if self._scene.port_at(point, MAGNET) is None:
            return None
        refs = [
            (_away(item.port_pos(ref.name, ref.is_output), point), ref)
            for item in self._scene.nodes.values()
            for ref in item.ports
            if ref.is_output is not self._seeks_input and not item.face.collapsed
        ]
        refs = sorted(
            ((away, ref) for away, ref in refs if away <= reach), key=lambda pair: pair[0]
        )
        viable = (ref for _, ref in refs if ref.name in self._takers(ref.key))
        return next(viable, refs[0][1] if refs else None)

    def _on_body(self, item: NodeItem, point: QPointF) -> Aim:
        if item.key == self._fixed.key:
            return Aim(point, key=item.key)
        for name in self._takers(item.key):
            end = f"{item.key}.{name}"
            at = item.port_pos(name, not self._seeks_input)
            return Aim(at, end, item.key, *self.verdict(end))
        if self.knobs(item.key):
            return Aim(point, "", item.key, "params", "Drop to choose what it drives")
        return Aim(point, "", item.key, "refused", self._refusal(item.key))

    def _refusal(self, key: str) -> str:
        title = self._scene.nodes[key].face.title
        verb = "takes" if self._seeks_input else "gives"
        return f"{title} {verb} no {self._port.type.__name__ if self._port else 'such value'}"

    def _may(self, source: Port | Param | None, target: Port | Param | None) -> bool:
        if not isinstance(source, Port) or target is None:
            return False
        graph = self._document.graph
        return fits(source, target) or editing.conversion(graph, source, target) is not None

    def _takers(self, key: str) -> tuple[str, ...]:
        if key not in self._takes:
            find = editing.compatible_inputs if self._seeks_input else editing.compatible_outputs
            self._takes[key] = find(self._document, self._fixed.end, key) if self._port else ()
        return self._takes[key]


def _away(a: QPointF, b: QPointF) -> float:
    delta = a - b
    return (delta.x() ** 2 + delta.y() ** 2) ** 0.5
