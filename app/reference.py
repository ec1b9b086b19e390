"""The reference of all node types, from their specs: for a terminal, as Markdown, for a program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.spec import Lane, Policy, json_schema, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.registry import Registry
    from engine.spec import NodeSpec, Param, Port

POLICIES = {
    Policy.JOIN: "each packet",
    Policy.HELD: "the newest is held",
    Policy.WINDOW: "several a call",
    Policy.WIRED: "a handle, given once",
}
LANES = {
    Lane.GPU: "in the stream's own thread",
    Lane.SLOW: "beside the stream; consumers hold its last picture",
    Lane.IO: "in a thread of its own",
}
HEAD = """\
# Nodes

Every node type, by folder. This page is written by `slipstream nodes --markdown > docs/nodes.md`;
edit the nodes, not the page.

A link goes from an output to an input of the same type, or to a parameter: numbers drive numbers,
switches and choices. A parameter marked *fixed* takes no link. The first input is the trunk: the
node is called once for each of its packets.
"""


def listing(registry: Registry) -> str:
    """One line a node, by folder."""
    width = max(len(spec.id) for spec in registry.specs())
    parts: list[str] = []
    for folder, specs in _by_folder(registry).items():
        lines = (f"  {spec.id:{width}}  {spec.summary}" for spec in specs)
        parts.append("\n".join([folder, *lines]))
    return "\n\n".join(parts)


def page(spec: NodeSpec) -> str:
    """One node in full, for a terminal."""
    parts = [f"{spec.title}  {spec.id}", spec.doc, f"Runs {LANES[spec.lane]}."]
    for title, lines in (
        ("inputs", [f"{port.name}: {_kind(port)}" for port in spec.inputs]),
        ("outputs", [f"{port.name}: {_type(port.type)}" for port in spec.outputs]),
        ("parameters", [_param_line(param) for param in spec.params]),
    ):
        if lines:
            parts.append("\n".join([title, *(f"  {line}" for line in lines)]))
    return "\n\n".join(parts)


def markdown(registry: Registry) -> str:
    """The whole reference as Markdown."""
    parts = [HEAD, _contents(registry)]
    for folder, specs in _by_folder(registry).items():
        parts.append(f"## {folder.capitalize()}\n")
        parts.extend(_section(spec) for spec in specs)
    return "\n".join(parts).rstrip() + "\n"


def data(specs: Iterable[NodeSpec]) -> list[dict[str, Any]]:
    """The reference for a program: ports beside each node's JSON Schema."""
    return [
        {
            "id": spec.id,
            "title": spec.title,
            "help": spec.doc,
            "version": spec.version,
            "lane": spec.lane.value,
            "inputs": [_port_data(port) for port in spec.inputs],
            "outputs": [{"name": port.name, "type": _type(port.type)} for port in spec.outputs],
            "params": json_schema(spec),
        }
        for spec in specs
    ]


def _by_folder(registry: Registry) -> dict[str, list[NodeSpec]]:
    found: dict[str, list[NodeSpec]] = {}
    for spec in registry.specs():
        found.setdefault(spec.category, []).append(spec)
    return found


def _contents(registry: Registry) -> str:
    lines = []
    for folder, specs in _by_folder(registry).items():
        links = ", ".join(f"[{spec.title}](#{_anchor(spec)})" for spec in specs)
        lines.append(f"- {folder.capitalize()}: {links}")
    return "\n".join(lines) + "\n"


def _anchor(spec: NodeSpec) -> str:
    return spec.id.replace(".", "")


def _section(spec: NodeSpec) -> str:
    lines = [f"### {spec.id}", "", f"**{spec.title}.** {spec.doc}", ""]
    if spec.inputs:
        lines += [
            "Inputs: " + "; ".join(f"`{port.name}` {_kind(port)}" for port in spec.inputs) + ".",
            "",
        ]
    if spec.outputs:
        lines += [
            "Outputs: "
            + "; ".join(f"`{port.name}` {_type(port.type)}" for port in spec.outputs)
            + ".",
            "",
        ]
    if spec.params:
        lines += ["| parameter | default | values | what it does |", "| --- | --- | --- | --- |"]
        lines += [_row(param) for param in spec.params] + [""]
    return "\n".join(lines)


def _row(param: Param) -> str:
    notes = "" if param.exposable else " *(fixed)*"
    cells = (f"`{param.name}`", _shown(param.default), _values(param), param.doc + notes)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _param_line(param: Param) -> str:
    return f"{param.name} = {_shown(param.default) or 'none'}: {param.doc} ({_values(param)})"


def _values(param: Param) -> str:
    if param.choices:
        return ", ".join(param.choices)
    if param.type is bool:
        return "on or off"
    if param.min is None and param.max is None:
        return _type(param.type) + (f" in {param.unit}" if param.unit else "")
    return param.span()


def _shown(value: Any) -> str:
    shown = to_json(value)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(shown, dict):
        return ", ".join(text for text, _ in value.pieces)
    return f"{shown:g}" if isinstance(shown, float) else str(shown)


def _kind(port: Port) -> str:
    extra = ", may be left out" if port.optional else ""
    return f"{_type(port.type)} ({POLICIES[port.policy]}{extra})"


def _port_data(port: Port) -> dict[str, Any]:
    return {
        "name": port.name,
        "type": _type(port.type),
        "policy": port.policy.value,
        "optional": port.optional,
    }


def _type(kind: type) -> str:
    names = {float: "number", int: "whole number", bool: "switch", str: "text", Path: "path"}
    return names.get(kind, kind.__name__)
