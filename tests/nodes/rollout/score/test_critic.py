"""Claims about the embedded critic, with its shipped weights: damage loses, what the prompt says
wins, and bad frames do not get through."""

from __future__ import annotations

import functools

import pytest
import torch

from assets.recipes.critic_damage import DAMAGES, damaged
from engine.errors import ParamError
from engine.values import Prompt, Scorer
from nodes.rollout.score.critic import EmbeddedCritic, embedded_critic
from nodes.worlds.clip import render_clips
from nodes.worlds.clip_words import CLIP_SCENES, ClipWords
from nodes.worlds.words import TIMES, Words

SEED = 90_210
# the card says that melted shapes and what shines through are not told
TOLD = [name for name in DAMAGES if name not in ("melt", "ghost")]


@functools.cache
def critic() -> EmbeddedCritic:
    return embedded_critic()


@functools.cache
def worlds() -> torch.Tensor:
    """Plain worlds that no training saw, (18, 3, 128, 128)."""
    words = [
        ClipWords(Words(scene, time, "none", "red", "red", "photo"), "still", "still")
        for scene, time in zip(CLIP_SCENES * 2, list(TIMES) * 3, strict=False)
    ]
    rng = torch.Generator().manual_seed(SEED)
    return render_clips(words, [""] * len(words), 1, 128, rng).frames[:, 0]


def orb(colour: str, scene: str = "meadow") -> torch.Tensor:
    """A true orb by day, (1, 3, 128, 128)."""
    words = ClipWords(Words(scene, "day", "orb", colour, colour, "photo"), "floating", "still")
    rng = torch.Generator().manual_seed(SEED)
    return render_clips([words], [""], 1, 128, rng).frames[0]


def test_each_frame_gets_a_number_between_0_and_1() -> None:
    for prompt in (None, Prompt.of("the sea at night"), Prompt.of("")):
        said = critic().score(worlds()[:3], prompt)
        assert said.shape == (3,)
        assert said.dtype == torch.float32
        assert ((said >= 0) & (said <= 1)).all()
    assert isinstance(critic(), Scorer)


@pytest.mark.parametrize("name", TOLD)
def test_damaged_worlds_score_below_the_same_worlds_undamaged(name: str) -> None:
    torch.manual_seed(SEED)
    whole = worlds()
    broken = damaged(name, whole, torch.full((len(whole),), 0.7), whole.roll(1, 0))
    gap = critic().score(whole, None) - critic().score(broken, None)
    assert (gap > 0).float().mean() >= 0.8


@pytest.mark.parametrize("scene", ["meadow", "sea", "desert"])
def test_the_red_orb_beats_the_blue_one_where_red_is_asked_for(scene: str) -> None:
    red, blue = orb("red", scene), orb("blue", scene)
    for colour, better, worse in (("red", red, blue), ("blue", blue, red)):
        prompt = Prompt.of(f"a {colour} orb by day")
        assert critic().score(better, prompt) > critic().score(worse, prompt)


def test_night_is_told_from_day() -> None:
    sea = torch.cat([worlds()[i : i + 1] for i in range(len(worlds()))])
    night = critic().score(sea, Prompt.of("at night")) - critic().score(sea, Prompt.of("by day"))
    times = (list(TIMES) * 3)[: len(sea)]
    dark = torch.tensor([time == "night" for time in times])
    light = torch.tensor([time == "day" for time in times])
    assert night[dark].mean() > night[light].mean() + 0.1


def test_a_prompt_without_words_of_the_worlds_leaves_quality_alone() -> None:
    plain = critic().score(worlds()[:2], None)
    assert torch.equal(critic().score(worlds()[:2], Prompt.of("a cat 🦊")), plain)


def test_pieces_count_by_their_weights() -> None:
    frames, day, night = worlds()[:2], "by day", "at night"
    both = critic().score(frames, Prompt(((day, 1.0), (night, 3.0))))
    alone = [critic().score(frames, Prompt.of(text)) for text in (day, night)]
    assert torch.allclose(both, alone[0].lerp(alone[1], 0.75), atol=1e-6)


def test_more_than_are_judged_at_once_are_all_judged() -> None:
    many = worlds()[:1].expand(37, -1, -1, -1)
    assert critic().score(many, None).shape == (37,)
    assert critic().score(many[:0], None).shape == (0,)


def test_a_frame_that_is_no_picture_scores_nothing() -> None:
    frames = worlds()[:2].clone()
    frames[1, 0, 3, 3] = float("nan")
    said = critic().score(frames, None)
    assert said[1] == 0
    assert torch.equal(said[:1], critic().score(frames[:1], None))


def test_what_is_not_frames_is_refused() -> None:
    with pytest.raises(ParamError, match=r"\(T, 3, H, W\)"):
        critic().score(torch.zeros(3, 8, 8), None)
    with pytest.raises(ParamError, match="follow is 2"):
        EmbeddedCritic(critic().model, 2)
