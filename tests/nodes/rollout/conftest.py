"""The small streams that the tests of the rollout core run."""

from __future__ import annotations

import pytest

from nodes.rollout.image.guidance import Guidance
from nodes.rollout.image.schedule import schedule_from_config
from nodes.rollout.image.stream_batch import Settings, rungs
from tests.nodes.rollout.streams import Mixer, noise


@pytest.fixture
def mixer() -> Mixer:
    return Mixer()


@pytest.fixture
def schedule():
    return schedule_from_config({"_class_name": "LCMScheduler"})


@pytest.fixture
def settings(schedule):
    def build(
        indices=(10, 22, 32, 45),
        mode="none",
        scale=1.4,
        delta=0.7,
        frames=1,
        add_noise=True,
        seed=2,
    ):
        ladder = schedule.ladder(schedule.at(indices))
        at = rungs(ladder, noise(len(indices), seed), frames=frames, add_noise=add_noise)
        return Settings(at, Guidance(mode, scale, delta))

    return build
