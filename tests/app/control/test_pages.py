"""The pages of OSC addresses: everything is there, and nothing of a document is markup."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from app.control.addresses import Addresses
from app.control.pages import html, markdown

if TYPE_CHECKING:
    from engine.document import Document


class Cells(HTMLParser):
    """The texts of all cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_every_address_is_on_the_page_with_type_range_and_example(document: Document) -> None:
    addresses = Addresses(document)
    page = markdown(addresses, "a show")
    assert "| `/knobs/level` | number | 0 to 1 | A share | `/knobs/level 0.25` |" in page
    assert all(f"`{row.path}`" in page for row in addresses)
    cells = Cells()
    cells.feed(html(addresses, "a show"))
    assert {row.example for row in addresses} <= set(cells.texts)


def test_names_are_text_and_never_markup(document: Document) -> None:
    nasty = replace(document, cues=({"name": "<script>alert(1)</script>|"},))
    cells = Cells()
    cells.feed(html(Addresses(nasty), "<b>"))
    assert not {"script", "b"} & cells.tags
    assert markdown(Addresses(nasty), "x").count("\\|") == 1
