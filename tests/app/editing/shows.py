"""Small documents with places, and edits as a person may ask for them, possible or not."""

from __future__ import annotations

import random
from collections.abc import Callable

from app import editing
from app.placement import Place, placed
from engine.document import Document
from engine.errors import GraphError, ParamError
from engine.graph import Link
from engine.validate import validate
from tests.engine.small_nodes import chain

Edit = Callable[[Document], Document]


def row(document: Document, *keys: str) -> Document:
    """Nodes beside each other, 300 pixels apart."""
    return placed(document, {key: Place(300.0 * at, 0.0) for at, key in enumerate(keys)})


def show() -> Document:
    """camera -> blur -> mix -> window, in a row."""
    return row(Document(chain()), "camera", "blur", "mix", "window")


def look() -> Document:
    """The same with blur and mix in the subgraph look."""
    return editing.collapse(show(), ["blur", "mix"], "look")[0]


def links(document: Document) -> set[str]:
    """The links at the root as text."""
    return set(map(str, document.graph.links))


def errors(document: Document) -> int:
    """How many errors keep nodes from running."""
    return sum(problem.severity == "error" for problem in validate(document.graph))


def safe_edits(document: Document, chance: random.Random) -> list[Edit]:
    """Edits after which everything that ran still runs."""
    keys = _some(document, chance)
    one, two = chance.choice(keys), chance.choice(keys)
    parent = one.rpartition("/")[0]
    groups = [key for key, entry in document.graph.nodes.items() if entry.body]
    kind = chance.choice(["compose.blur", "compose.mix", "motion.delay"])
    line = chance.choice([*document.graph.links, *document.graph.links, Link.parse("a.b -> c.d")])
    return [
        lambda d: editing.insert_on_link(d, kind, line)[0],
        lambda d: editing.add_waypoint(d, line, (5.0, chance.random())),
        lambda d: editing.connect(d, _out(d, one, chance), _enter(d, two, chance)),
        lambda d: editing.connect_with_delay(d, _out(d, one, chance), _enter(d, two, chance)),
        lambda d: editing.link_nodes(d, one, two),
        lambda d: editing.rename(d, one, chance.choice(["Soft look", "mix", "Ünïcode 2"]))[0],
        lambda d: editing.collapse(d, keys, "group")[0],
        lambda d: editing.ungroup(d, chance.choice(groups or [one]))[0],
        lambda d: editing.move(d, keys, chance.uniform(-99, 99), 8.5),
        lambda d: editing.align(d, keys, chance.choice(["left", "middle", "across", "down"])),
        lambda d: editing.straighten(d, keys),
        lambda d: editing.snap(d, keys),
        lambda d: editing.layout(d, keys if chance.random() < 0.5 else (), path=parent),
        lambda d: editing.group_in_backdrop(d, keys, "Looks")[0],
        lambda d: editing.add_note(d, (10.5, 20.0), "Hello", path=parent)[0],
        lambda d: editing.toggle_look(d, keys, "collapsed"),
        lambda d: editing.expose(d, one, chance.choice(["amount", "radius"])),
    ]


def other_edits(document: Document, chance: random.Random) -> list[Edit]:
    """Edits that may leave something unlinked."""
    keys = _some(document, chance)
    one, two = chance.choice(keys), chance.choice([*document.graph.nodes, "nothing"])
    parent = one.rpartition("/")[0]
    where = (chance.uniform(-500, 500), 100.0)
    port = chance.choice([_out, _enter])(document, one, chance)
    kind = chance.choice(TYPES)
    return [
        lambda d: editing.insert_node(d, kind, where, path=parent)[0],
        lambda d: editing.insert_node(d, chance.choice(TYPES), where, link_from=port, path=parent)[
            0
        ],
        lambda d: editing.delete(d, keys, heal=chance.random() < 0.8),
        lambda d: editing.extract(d, keys),
        lambda d: editing.duplicate(d, keys, with_inputs=chance.random() < 0.5)[0],
        lambda d: editing.paste_text(d, editing.copy_text(d, keys), where, path=parent)[0],
        lambda d: editing.break_links(d, port),
        lambda d: editing.move_links(d, port, chance.choice([_out, _enter])(d, two, chance)),
        lambda d: editing.swap_inputs(d, one),
        lambda d: editing.join(d, keys),
        lambda d: editing.toggle_flag(d, keys, chance.choice(["bypass", "mute", "hold"])),
        lambda d: editing.promote_param(d, port)[0],
        lambda d: editing.demote_param(d, port),
        lambda d: editing.color(d, keys, "#ff8800"),
    ]


def tried(document: Document, edit: Edit) -> Document:
    """The document after an edit, itself where the edit cannot be."""
    try:
        return edit(document)
    except (GraphError, ParamError):
        return document


def _some(document: Document, chance: random.Random) -> list[str]:
    """Some keys that lie side by side, mostly."""
    nested = [key for key in document.graph.flatten().nodes if "/" in key]
    one = chance.choice([*document.graph.nodes, *nested] * 9 + ["nothing"])
    parent = one.rpartition("/")[0]
    beside = [key for key in [*document.graph.nodes, *nested] if key.rpartition("/")[0] == parent]
    return list({one, *(key for key in beside if chance.random() < 0.3)})


def _out(document: Document, key: str, chance: random.Random) -> str:
    graph = document.graph
    names = [port.name for port in graph.outputs(key)] if key != "nothing" else []
    return f"{key}.{chance.choice([*names, 'out'])}"


def _enter(document: Document, key: str, chance: random.Random) -> str:
    graph = document.graph
    known = [*graph.inputs(key), *graph.params(key)] if key != "nothing" else []
    return f"{key}.{chance.choice([*(port.name for port in known), 'frame'])}"


TYPES = ("sources.camera", "control.lfo", "compose.mix", "compose.blur", "generate.video")
