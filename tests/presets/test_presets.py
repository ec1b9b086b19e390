"""Every preset: it opens, it is sound, it renders, and it is written as the program writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import av
import pytest

from app.documents import presets
from app.program import Program
from app.rendering import Order, Rendering
from app.terminal import Terminal
from engine.document import dumps, load, loads

if TYPE_CHECKING:
    from collections.abc import Iterator

EMBEDDED = {"slipstream-tiny", "slipstream-video"}
ISSUE = {
    "webcam_dream",
    "clip_restyle",
    "feedback_tunnel",
    "lfo_prompt_blend",
    "key_over_generated",
    "generator_from_noise",
    "endless_landscape",
    "camera_restyle",
    "prompt_journey",
    "memory_side_by_side",
}


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    with Program(device="cpu") as program:
        yield program


def test_the_presets_that_everyone_begins_with_are_there() -> None:
    assert presets().keys() >= ISSUE


@pytest.mark.parametrize("name", presets())
def test_a_preset_is_sound(name: str, program: Program) -> None:
    document, problems = program.load(name)
    assert problems == []
    assert document.title.startswith(name.replace("_", " ").capitalize()[:3].replace("Lfo", "LFO"))


@pytest.mark.parametrize("name", presets())
def test_a_preset_is_written_as_the_program_writes(name: str, program: Program) -> None:
    text = presets()[name].read_text(encoding="utf-8")
    assert dumps(loads(text, program.registry)[0]) == text


@pytest.mark.parametrize("name", presets())
def test_a_preset_uses_what_comes_along(name: str, program: Program) -> None:
    document, _ = load(presets()[name], program.registry)
    for entry in document.graph.nodes.values():
        files = [
            value for value in entry.params.values() if isinstance(value, Path) and value.parts
        ]
        assert all(path.is_file() for path in files)
        assert entry.params.get("model", "slipstream-tiny") in EMBEDDED


@pytest.mark.parametrize("name", presets())
def test_a_preset_renders(name: str, program: Program, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    order = Order(name, out=film, last=8, size=(64, 64), values=["record.codec=ffv1"])
    done = Rendering(program, order, Terminal(quiet=True)).run()
    with av.open(str(film)) as container:
        made = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert done.frames == len(made) == 8
    assert all(picture.shape == (64, 64, 3) for picture in made)
    assert made[-1].std() > 4  # something is to be seen
