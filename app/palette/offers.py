"""What the palette can place: every node type and saved selection, as plain values to search in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.parts import fits
from engine.spec import Policy, Port

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from engine.param import Param
    from engine.registry import Registry
    from engine.spec import NodeSpec

SNIPPET = "saved"  # the category of saved selections


@dataclass(frozen=True)
class Offer:
    """A node type (`spec`) or a saved selection (`file`, whose text is pasted)."""

    id: str
    title: str
    category: str
    doc: str
    aliases: tuple[str, ...] = ()
    spec: NodeSpec | None = None
    file: Path | None = None

    @property
    def summary(self) -> str:
        """The first sentence of the help text."""
        return self.doc.split("\n\n")[0].replace("\n", " ")


@dataclass(frozen=True)
class End:
    """A loose end of a link: an output that looks for an input, or the other way round."""

    key: str
    port: Port | Param
    is_output: bool

    @property
    def address(self) -> str:
        return f"{self.key}.{self.port.name}"


def of_spec(spec: NodeSpec) -> Offer:
    """A node type as an offer."""
    return Offer(spec.id, spec.title, spec.category, spec.doc, spec.aliases, spec)


def of_registry(registry: Registry) -> tuple[Offer, ...]:
    """Every node type, by id."""
    return tuple(of_spec(spec) for spec in registry.specs())


def of_folder(folder: Path) -> tuple[Offer, ...]:
    """The saved selections in a folder, none where there is no folder."""
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return tuple(_saved(file) for file in files)


def _saved(file: Path) -> Offer:
    title = file.stem.replace("_", " ")
    doc = f"Pastes the selection that was saved as {title!r}."
    return Offer(f"{SNIPPET}.{file.stem}", title, SNIPPET, doc, file=file)


def fitting(offers: Iterable[Offer], end: End) -> list[Offer]:
    """The offers whose node has a port or parameter for a loose end; ports before parameters."""
    typed = [(offer, offer.spec) for offer in offers if offer.spec is not None]
    by_port = [offer for offer, spec in typed if port_for(spec, end) is not None]
    by_param = [
        offer for offer, spec in typed if offer not in by_port and param_for(spec, end) is not None
    ]
    return by_port + by_param


def port_for(spec: NodeSpec, end: End) -> str | None:
    """The first port of a node type that a loose end fits, an input that must be linked first."""
    if not isinstance(end.port, Port) or not end.is_output:
        return next((port.name for port in spec.outputs if fits(port, end.port)), None)
    source = end.port
    takes = [port for port in spec.inputs if fits(source, port) and _takes(port)]
    takes.sort(key=lambda port: port.optional)
    return takes[0].name if takes else None


def param_for(spec: NodeSpec, end: End) -> str | None:
    """The first parameter of a node type that a loose output can drive."""
    if not isinstance(end.port, Port) or not end.is_output:
        return None
    source = end.port
    return next((p.name for p in spec.params if p.exposable and fits(source, p)), None)


def _takes(port: Port) -> bool:
    return port.policy is not Policy.WIRED or not port.optional
