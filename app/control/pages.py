"""Every OSC address of a document as a page to read: its type, range, what it does, an example."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.control.addresses import Address

ABOUT = (
    "A value is in the parameter's own units.",
    'Before it may stand "+", "-" or "*" (moves the value), "n" (from 0 to 1 over the slider) or '
    '"a" (as it is); "?" alone asks, and the answer goes to whoever asked.',
    "Addresses may be patterns: /*/strength, /mix/{amount,mode}.",
    "/selected/<param> is that parameter of every selected node; /tempo/bpm and /tempo/tap keep "
    "the beat. A button sends 1; the 0 at its release does nothing.",
)
STYLE = """\
body { font: 14px/1.5 Inter, system-ui, sans-serif; margin: 2rem auto; max-width: 60rem;
  padding: 0 1rem; background: #15171c; color: #e8eaed }
table { border-collapse: collapse; width: 100% }
td, th { padding: .4rem .6rem; border-bottom: 1px solid #3a404c; text-align: left;
  vertical-align: top }
code { font: 13px JetBrains Mono, monospace; color: #7fb2ff }
p, .doc { color: #a9b0bc }
"""


def markdown(rows: Iterable[Address], title: str) -> str:
    """The page as Markdown."""
    lines = [f"# OSC addresses of {_cell(title)}", "", *(f"- {line}" for line in ABOUT), ""]
    lines += ["| address | takes | range | what it does | example |", "|---|---|---|---|---|"]
    for row in rows:
        cells = (f"`{row.path}`", row.type, row.range, row.doc, f"`{row.example}`")
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def html(rows: Iterable[Address], title: str) -> str:
    """The page as HTML, whole and without anything from elsewhere."""
    about = "".join(f"<p>{escape(line)}</p>" for line in ABOUT)
    heads = "".join(f"<th>{word}</th>" for word in ("Address", "Takes", "What it does", "Example"))
    body = "".join(_row(row) for row in rows)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>OSC: {escape(title)}</title>'
        f"<style>{STYLE}</style><h1>OSC addresses of {escape(title)}</h1>{about}"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></html>\n"
    )


def _row(row: Address) -> str:
    takes = ", ".join(filter(None, (row.type, row.range)))
    return (
        f"<tr><td><code>{escape(row.path)}</code></td><td>{escape(takes)}</td>"
        f'<td class="doc">{escape(row.doc)}</td><td><code>{escape(row.example)}</code></td></tr>'
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
