"""Presets are read at a glance: no link of theirs passes behind a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.canvas.scene import CanvasScene
from app.documents import presets
from app.session import Session

if TYPE_CHECKING:
    from app.canvas.link_item import LinkItem
    from app.program import Program

SHARES = [step / 60 for step in range(61)]
NEAR_AN_END = 0.08  # of a link, which leaves one node and enters another


@pytest.mark.parametrize("name", presets())
def test_no_link_of_a_preset_passes_behind_a_node(qapp, program: Program, name: str):
    session = Session(program, program.load(name)[0])
    scene = CanvasScene(session)
    hidden = {
        (text, key)
        for text, link in scene.links.items()
        for share, point in ((share, link.along(share)) for share in SHARES)
        for key, node in scene.nodes.items()
        if node.rect.contains(point) and not is_at_an_end(link, key, share)
    }
    scene.close()
    session.close()
    assert not hidden


def is_at_an_end(link: LinkItem, key: str, share: float) -> bool:
    """Whether a place along a link is where it leaves or enters its own node."""
    own = key in (link.link.source_key, link.link.target_key)
    return own and min(share, 1 - share) < NEAR_AN_END
