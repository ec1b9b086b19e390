"""Alt and the right button from node to node: links their first ports that fit, ports unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import editing
from app.canvas.tools.gesture import Gesture

if TYPE_CHECKING:
    from app.canvas.node_item import NodeItem
    from app.canvas.tools.bench import Bench
    from app.canvas.tools.pointer import Pointer


class NodeLink(Gesture):
    """For small zooms and unsteady hands."""

    def __init__(self, bench: Bench, start: Pointer, source: NodeItem) -> None:
        super().__init__(bench, start)
        self._source = source
        self._target: NodeItem | None = None

    def drag(self, pointer: Pointer) -> None:
        scene = self.bench.scene
        scene.pending.show_link(self._source.rect.center(), pointer.at, object)
        target = scene.node_at(pointer.at)
        target = None if target is self._source else target
        if target is not self._target:
            for item, on in ((self._target, False), (target, True)):
                if item is not None:
                    item.mark(accepts=on)
            self._target = target

    def drop(self, pointer: Pointer) -> None:
        source, target = self._source.key, self._target
        self.cancel()
        if target is not None:
            key = target.key
            self.bench.session.try_edit(
                "Link", lambda: editing.link_nodes(self.bench.document, source, key)
            )

    def cancel(self) -> None:
        self.bench.scene.pending.hide()
        if self._target is not None:
            self._target.mark(accepts=False)
            self._target = None
