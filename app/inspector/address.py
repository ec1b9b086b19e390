"""What is said of a parameter in words: label, tooltip, clipboard, command line."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from app.control.addresses import path_of
from engine.param import to_json
from engine.values import Prompt

if TYPE_CHECKING:
    from engine.spec import Param


SHORT = {"vae": "VAE", "bpm": "BPM", "fps": "FPS", "lora": "LoRA", "loras": "LoRAs"}


def cli_form(key: str, name: str, value: Any) -> str:
    """`--set blur.radius=4.0`, quoted for a shell where it must be."""
    return f"--set {shlex.quote(f'{key}.{name}={words(value)}')}"


def words(value: Any) -> str:
    """A value as the command line and the clipboard have it: text as it is, the rest as JSON."""
    plain = to_json(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def readable(value: Any, letters: int = 80) -> str:
    """A value in a few words; of a prompt its texts, each with its weight."""
    text = words(value)
    if isinstance(value, Prompt):
        several = len(value.pieces) > 1
        parts = (f"{text} ({weight:.2f})" if several else text for text, weight in value.pieces)
        text = ", ".join(parts)
    return text if len(text) <= letters else f"{text[:letters]}…"


def spoken(name: str) -> str:
    """A name of the code as a label: `seed_blend` is "Seed blend"."""
    text = " ".join(SHORT.get(word, word) for word in name.split("_"))
    return text[:1].upper() + text[1:]


def explained(param: Param, key: str) -> str:
    """What a label says when the pointer rests on it: what it does, limits, default, addresses."""
    lines = [param.doc, *_limits(param), f"Default {default_words(param)}"]
    if param.live:
        lines.append(f"OSC {path_of(key, param.name)}")
    else:
        lines.append(f"{key}.{param.name}: a change rebuilds the node while the picture goes on")
    return "\n".join(lines)


def default_words(param: Param) -> str:
    """The default in a few words."""
    return readable(param.default, 60) or "empty"


def _limits(param: Param) -> list[str]:
    if param.choices:
        return [f"One of {', '.join(param.choices)}"]
    said: list[str] = []
    if param.min is not None or param.max is not None:
        said.append(f"Limits {param.span()}")
    elif param.unit:
        said.append(f"In {param.unit}")
    if param.soft:
        said.append(f"Slider {param.soft[0]:g} to {param.soft[1]:g}")
    return [", ".join(said)] if said else []
