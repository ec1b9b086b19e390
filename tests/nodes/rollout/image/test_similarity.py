"""Claims about the similarity filter: what repeats, how often, and after how many it must not."""

from __future__ import annotations

import pytest
import torch

from kernels.noise import uniform
from nodes.rollout.image.similarity import Reading, Similarity, cosine, judge, skip_probability

STILL = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def decisions(pictures, threshold=0.98, longest=10, lucks=None):
    memory, out = Similarity(), []
    for k, picture in enumerate(pictures):
        luck = 0.5 if lucks is None else lucks[k]
        repeat, memory = judge(memory, picture, threshold=threshold, longest=longest, luck=luck)
        out.append(repeat)
    return out


def at_cosine(c: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Two pictures whose similarity is c."""
    one, other = torch.zeros(1, 3, 1, 2), torch.zeros(1, 3, 1, 2)
    one[..., 0], other[..., 0], other[..., 1] = 1.0, c, (1 - c * c) ** 0.5
    return (one + 1) / 2, (other + 1) / 2


def test_identical_frames_repeat_eleven_times_then_one_is_forced():
    assert decisions([STILL] * 26) == [False, *[True] * 11, False, *[True] * 11, False, True]


def test_a_threshold_of_one_never_repeats():
    assert not any(decisions([STILL] * 30, threshold=1.0, lucks=[0.0] * 30))


def test_the_first_frame_and_one_of_another_size_are_never_repeats():
    assert decisions([STILL, STILL[..., :6]]) == [False, False]


def test_an_unlike_frame_is_never_a_repeat():
    assert decisions([STILL, 1 - STILL, STILL]) == [False, False, False]


@pytest.mark.parametrize(
    ("c", "p"), [(0.5, 0.0), (0.98, 0.0), (0.985, 0.25), (0.99, 0.5), (1.0, 1.0)]
)
def test_likeness_above_the_threshold_is_the_chance_of_a_repeat(c, p):
    assert skip_probability(c, 0.98) == pytest.approx(p)


def test_the_rate_of_repeats_is_their_chance():
    one, other = at_cosine(0.993)
    assert cosine(one, other).item() == pytest.approx(0.993, abs=1e-5)
    lucks = uniform((4000,), seed=1, stream=0).tolist()
    memory = Similarity(reference=one)
    repeats = sum(judge(memory, other, threshold=0.98, longest=10, luck=luck)[0] for luck in lucks)
    assert repeats / 4000 == pytest.approx((0.993 - 0.98) / 0.02, abs=0.03)


def test_a_processed_frame_begins_a_new_count():
    lucks = [0.5] * 26
    lucks[6] = 0.9999999
    frames = [STILL] * 26
    frames[6] = (STILL + 0.02).clamp(0, 1)
    taken = decisions(frames, threshold=0.9, lucks=lucks)
    assert taken.index(False, 1) == 6
    assert taken[7:18] == [True] * 11


def test_drift_is_measured_from_the_last_processed_frame():
    frames = [STILL.roll(k, 3) for k in range(8)]
    blended = [torch.lerp(frames[0], frames[4], k / 20) for k in range(20)]
    taken = decisions(blended, threshold=0.95)
    assert False in taken[1:]
    assert True in taken


def test_memory_is_replaced_not_written_into():
    before = Similarity(reference=STILL)
    judge(before, STILL, threshold=0.98, longest=10, luck=0.1)
    assert before.repeats == 0


def test_off_the_cpu_the_decision_uses_the_newest_likeness_that_arrived():
    picture = torch.empty(1, 3, 8, 8, device="meta")

    class Late:
        def query(self) -> bool:
            return False

    waiting = Reading(torch.tensor(0.0), Late())
    memory = Similarity(picture, 0, 1.0, waiting)
    repeat, after = judge(memory, picture, threshold=0.98, longest=10, luck=0.5)
    assert repeat
    assert after.reading is waiting
