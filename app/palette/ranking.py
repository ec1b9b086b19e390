"""Which offers a person means: each word typed is sought in title, aliases, category and help.

The best place found counts: a whole name before its beginning, the beginning of a word before its
middle, letters in order ("vf" for Video file) last. What a person uses breaks ties.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.palette.offers import SNIPPET, Offer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FIELDS = ((1.0, "title"), (0.92, "alias"), (0.6, "id"), (0.5, "category"), (0.35, "doc"))
ORDER = (
    *("sources", "generate", "motion", "perceive", "accelerate", "memory"),
    *("compose", "control", "sinks", SNIPPET),
)
USED = 0.02  # what a unit of use adds to a score
DOC_LETTERS = 3  # shorter words are found in every help text


def ranked(
    offers: Iterable[Offer], query: str, weight: Callable[[str], float] = lambda _: 0.0
) -> list[Offer]:
    """The offers that a query may mean, the likeliest first; all of them for an empty query."""
    words = query.lower().split()
    scored = [(score(offer, words), offer) for offer in offers]
    found = [(points + USED * weight(o.id), o) for points, o in scored if points > 0 or not words]
    return [offer for _, offer in sorted(found, key=lambda pair: (-pair[0], pair[1].title))]


def score(offer: Offer, words: list[str]) -> float:
    """How well an offer answers a query, 0 (not at all) to 1 (its very name)."""
    whole = " ".join(words)
    if offer.title.lower() == whole:
        return 1.0
    best = [_best(offer, word) for word in words]
    return sum(best) / len(best) if best and all(best) else 0.0


def spans(title: str, query: str) -> list[int]:
    """The letters of a title that a query meets, to be shown bold."""
    lower = title.lower()
    found: set[int] = set()
    for word in query.lower().split():
        at = lower.find(word)
        hits = list(range(at, at + len(word))) if at >= 0 else _letters(lower, word)
        found.update(hits or [])
    return sorted(found)


def tree(
    offers: Iterable[Offer], recent: Iterable[str], favourites: Iterable[str] = ()
) -> dict[str, list[Offer]]:
    """Offers by section: recent ones, favourites, then the categories; no section is empty."""
    known = {offer.id: offer for offer in offers}
    sections = {
        "Recent": [known[id] for id in recent if id in known],
        "Favourites": [known[id] for id in favourites if id in known],
    }
    for offer in sorted(known.values(), key=lambda each: _order(each.category)):
        sections.setdefault(offer.category.capitalize(), []).append(offer)
    for listed in list(sections.values())[2:]:
        listed.sort(key=lambda each: each.title)
    return {name: listed for name, listed in sections.items() if listed}


def _order(category: str) -> tuple[int, str]:
    """Along the stream; categories of a person's own nodes after ours."""
    return (ORDER.index(category) if category in ORDER else len(ORDER), category)


def _best(offer: Offer, word: str) -> float:
    texts = {
        "title": [offer.title],
        "alias": offer.aliases,
        "id": [offer.id.partition(".")[2].replace("_", " ")],
        "category": [offer.category],
        "doc": [offer.doc] if len(word) >= DOC_LETTERS else [],
    }
    return max(
        (
            share * _match(text.lower(), word, name)
            for share, name in FIELDS
            for text in texts[name]
        ),
        default=0.0,
    )


def _match(text: str, word: str, field: str) -> float:
    if text == word:
        return 0.99
    at = text.find(word)
    if at == 0:
        return 0.95
    if at > 0:
        return 0.85 if re.search(rf"\b{re.escape(word)}", text) else 0.6
    letters = _letters(text, word) if field in ("title", "alias") else None
    return _nearness(text, letters) if letters else 0.0


def _letters(text: str, word: str) -> list[int] | None:
    """Where the letters of a word come in order, beginnings of words preferred; None if not."""
    found: list[int] = []
    at = -1
    for letter in word:
        start = next(
            (m.start() for m in re.finditer(rf"\b{re.escape(letter)}", text) if m.start() > at), -1
        )
        following = text.find(letter, at + 1)
        if following < 0:
            return None
        at = following if following == at + 1 or start < 0 else start
        found.append(at)
    return found


def _nearness(text: str, letters: list[int]) -> float:
    """Letters in a row or at the beginning of words are near, others far; 0 where far apart."""
    if letters[0] > 0 and text[letters[0] - 1].isalnum():
        return 0.0
    near = sum(
        at == 0 or not text[at - 1].isalnum() or (number > 0 and at - 1 == letters[number - 1])
        for number, at in enumerate(letters)
    )
    share = near / len(letters)
    return 0.5 * share if share > 0.6 else 0.0
