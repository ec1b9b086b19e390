"""The help of a node as rich text, made from nothing but its spec and the presets."""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from app.documents import presets
from app.reference import LANES, POLICIES
from app.theme import tokens
from engine.param import to_json
from engine.spec import can_link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.param import Param
    from engine.registry import Registry
    from engine.spec import NodeSpec, Port

EMPTY = "Select a node to read what it does to the picture."
MOST = 8  # neighbours that are named


def blank() -> str:
    """The page where nothing is selected."""
    return f"<p style='color:{_grey()}'>{EMPTY}</p>"


def page(spec: NodeSpec, registry: Registry) -> str:
    """The page of a node type; links are `node:id` and `preset:name`."""
    paragraphs = (escape(text).replace("\n", " ") for text in spec.doc.split("\n\n"))
    parts = [
        f"<h2 style='margin-bottom:0'>{escape(spec.title)}</h2>",
        f"<p style='color:{_grey()}; margin-top:2px'>{spec.id}</p>",
        *(f"<p>{_code(text)}</p>" for text in paragraphs),
        _section("Parameters", [_param(param) for param in spec.params]),
        _section("Inputs", [_port(port) for port in spec.inputs]),
        _section("Outputs", [_port(port, out=True) for port in spec.outputs]),
        _sentence("Goes well into", _links(_followers(spec, registry))),
        _sentence("Presets that use it", _presets(spec)),
        _sentence("Also found as", escape(", ".join(spec.aliases))),
        _sentence("Runs", escape(LANES[spec.lane])),
    ]
    return f"<div style='line-height:140%'>{''.join(parts)}</div>"


@cache
def users() -> dict[str, tuple[str, ...]]:
    """The presets that use each node type."""
    found: dict[str, list[str]] = {}
    for name, data in _documents().items():
        for id in sorted(_types(data.get("nodes", {}))):
            found.setdefault(id, []).append(name)
    return {id: tuple(names) for id, names in found.items()}


@cache
def _documents() -> dict[str, dict[str, Any]]:
    read = {name: path.read_text(encoding="utf-8") for name, path in presets().items()}
    return {name: json.loads(text) for name, text in read.items()}


def _types(nodes: dict[str, Any]) -> set[str]:
    inside = (_types(node["nodes"]) for node in nodes.values() if "nodes" in node)
    return {node["type"] for node in nodes.values()}.union(*inside)


def _param(param: Param) -> str:
    notes = [_default(param), _limits(param)]
    if param.soft and param.soft != (param.min, param.max):
        notes.append(f"slider {param.soft[0]:g} to {param.soft[1]:g}")
    if not param.live:
        notes.append("takes effect in a fresh instance")
    return _entry(param.name, param.doc, notes)


def _port(port: Port, *, out: bool = False) -> str:
    color = tokens.current().port(port.type).color.name()
    kind = f"<span style='color:{color}'>●</span> {escape(port.type.__name__)}"
    notes = [] if out else [POLICIES[port.policy], *(["may be left out"] if port.optional else [])]
    return _entry(port.name, "", [kind, *notes])


def _entry(name: str, doc: str, notes: Iterable[str]) -> str:
    shown = " · ".join(note for note in notes if note)
    text = f"{_code(escape(doc))}<br>" if doc else ""
    return (
        f"<tr><td style='padding:3px 14px 5px 0'><b>{escape(name)}</b></td>"
        f"<td style='padding:3px 0 5px 0; color:{_grey()}'>"
        f"<span style='color:{tokens.current().hex('text')}'>{text}</span>{shown}</td></tr>"
    )


def _section(title: str, rows: list[str]) -> str:
    head = f"<h4 style='color:{_grey()}; margin-bottom:2px'>{title}</h4>"
    return f"{head}<table cellspacing='0'>{''.join(rows)}</table>" if rows else ""


def _sentence(title: str, text: str) -> str:
    return f"<p><span style='color:{_grey()}'>{title}</span> {text}</p>" if text else ""


def _default(param: Param) -> str:
    value = to_json(param.default)
    if isinstance(param.default, bool):
        value = "on" if param.default else "off"
    elif isinstance(value, dict):
        value = ", ".join(text for text, _ in param.default.pieces)
    elif isinstance(value, float):
        value = f"{value:g}"
    return f"default {escape(str(value))}" if value not in ("", None) else ""


def _limits(param: Param) -> str:
    if param.choices:
        return escape(" | ".join(param.choices))
    if param.type is bool or (param.min is None and param.max is None):
        return escape(param.unit)
    return escape(param.span())


def _followers(spec: NodeSpec, registry: Registry) -> list[NodeSpec]:
    """Node types whose first input takes the first output, the most used first."""
    if not spec.outputs:
        return []
    kind = spec.outputs[0].type
    able = [s for s in registry.specs() if s.inputs and can_link(kind, s.inputs[0].type)]
    able.sort(key=lambda s: (-len(users().get(s.id, ())), s.title))
    return [s for s in able if s.id != spec.id][:MOST]


def _links(specs: list[NodeSpec]) -> str:
    return ", ".join(f"<a href='node:{s.id}'>{escape(s.title)}</a>" for s in specs)


def _presets(spec: NodeSpec) -> str:
    names = users().get(spec.id, ())
    titles = {name: _documents()[name]["title"].partition(":")[0] for name in names}
    return ", ".join(f"<a href='preset:{n}'>{escape(t)}</a>" for n, t in titles.items())


def _code(text: str) -> str:
    """Backticks as letters of one width."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text)


def _grey() -> str:
    return tokens.current().hex("text.secondary")
