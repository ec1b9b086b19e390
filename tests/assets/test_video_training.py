"""The recipe of slipstream-video: every stage takes steps and the folder holds what it names."""

from __future__ import annotations

import json
import shutil
from copy import deepcopy
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from assets.recipes import train_video, video_parts
from assets.recipes.smooth import calm_loss, moved_both
from assets.recipes.video_flow import (
    BLOCKS,
    COLOURFUL,
    COLOURS,
    STILLS,
    THING,
    FlowStage,
    judged,
    moving,
    weights,
)
from assets.recipes.video_latents import OPENINGS, LatentPool, mirror_text, wayless_text
from assets.recipes.video_moves import mirrored
from assets.recipes.video_parts import BLOCK, WINDOW
from assets.recipes.video_pool import Chunk, ClipPool
from assets.recipes.video_steer import POINTED, TOLD, Ways, drawn_planes
from assets.recipes.video_vae import CONFIG, VideoDecoderStage, redraw_loss, start_as_averages
from nodes.models.taehv import Taehv, TaehvConfig
from nodes.models.video_card import LAST, STEERING
from nodes.models.word_text import Vocabulary
from nodes.rollout.steering import EASY, LOUD
from nodes.worlds.clip_motion import FPS
from tests.assets.given_latents import Given


def flow(batch: int = 64) -> FlowStage:
    torch.manual_seed(0)
    return FlowStage("flow", video_parts.build(0, "micro"), Given(), batch=batch, peak=1e-3)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a whole training, `train`, and the model that it made, `model`."""
    folder = tmp_path_factory.mktemp("video")
    call = ["--budget", "micro", "--train", str(folder / "train"), "--out", str(folder / "model")]
    train_video.main([*call, "--minutes", "5"])
    return folder


# ten seconds of work; a machine that others load needs the rest
@pytest.mark.timeout(300)
def test_all_stages_run_and_leave_a_folder(made: Path) -> None:
    first = ("flow", "advection", "onward", "distill", "stride", "hearing")
    stages = ("vae", *first, "adversarial", "forcing", "decoder")
    kept = [torch.load(made / "train" / f"{name}.pt", weights_only=True) for name in stages]
    assert [one["done"] for one in kept] == [2] * 10
    config = json.loads((made / "model" / "config.json").read_text(encoding="utf-8"))
    assert config["rollout"]["window"] == WINDOW
    assert config["rollout"]["steering"] == ["camera", "points", "last"]
    with safe_open(made / "model" / "transformer.safetensors", "pt") as file:
        assert file.get_tensor("patch_embedding.weight").dtype == torch.float16


@pytest.mark.timeout(300)
@pytest.mark.parametrize("stages", [("flow", "advection"), ("stride", "hearing")])
def test_advection_learns_alone(made: Path, stages: tuple[str, str]) -> None:
    states = [
        torch.load(made / "train" / f"{name}.pt", weights_only=True)["state"]["network_average"]
        for name in stages
    ]
    changed = {key for key, weight in states[0].items() if not torch.equal(weight, states[1][key])}
    assert changed
    assert all(key.startswith("advect.") for key in changed)


@pytest.mark.timeout(300)
def test_openings_are_of_short_clips_as_they_are_and_mirrored(made: Path) -> None:
    shorts = ClipPool(made / "train", side=32, frames=9, seed=1, chunk=4).chunk_at(0)
    openings, every = LatentPool(made / "train", name=OPENINGS), torch.arange(8)
    openings.refresh()
    assert openings.take(every).shape[:2] == (8, BLOCK)
    assert openings.texts[:8] == [*shorts.texts, *map(mirror_text, shorts.texts)]
    assert torch.equal(openings.things(every)[:4], shorts.things[:, [0, 3, 7]])
    assert torch.equal(openings.cameras(every)[4:, :, :2], -shorts.cameras[:, [0, 3, 7], :2])
    moves = openings.moves(every)
    assert torch.equal(moves[4:], mirrored(moves[:4]))
    assert moves[:, 1:].any()


@pytest.mark.timeout(300)
def test_behind_the_plain_clips_come_some_whose_things_are_led(made: Path) -> None:
    openings = LatentPool(made / "train", name=OPENINGS)
    openings.refresh()
    led = openings.things(torch.arange(8, 16))
    assert len(openings) == 16
    assert (led[..., 2] > 0).all()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a desert in fog, pan left", "a desert in fog"),
        ("calm sea, retrowave, the camera orbits", "calm sea, retrowave"),
        ("a forest, photo", "a forest, photo"),
        ("golden sand", "golden sand"),
    ],
)
def test_what_a_text_says_of_the_camera_can_go_unsaid(text: str, left: str):
    assert wayless_text(text) == left


@pytest.mark.timeout(300)
def test_short_clips_are_of_other_worlds(made: Path) -> None:
    clips = ClipPool(made / "train", side=32, frames=49, seed=0, chunk=2).chunk_at(0)
    shorts = ClipPool(made / "train", side=32, frames=9, seed=1, chunk=4).chunk_at(0)
    first, other = clips.frames[0, 0].float(), shorts.frames[:, 0].float()
    assert ((other - first).abs().mean((1, 2, 3)) > 5).all()


@pytest.mark.timeout(300)
def test_a_training_may_begin_with_a_finished_model(made: Path, tmp_path: Path) -> None:
    begun, fresh = video_parts.build(1, "micro"), video_parts.build(1, "micro")
    video_parts.fill(begun, made / "model")
    have = load_file(made / "model" / "transformer.safetensors")
    assert all(torch.equal(w.half(), have[k]) for k, w in begun.network.state_dict().items())
    words = begun.text.state_dict().values()
    assert not all(map(torch.equal, words, fresh.text.state_dict().values()))
    other = shutil.copytree(made / "model", tmp_path / "model")
    Vocabulary(("a", "word")).write(other / "vocabulary.json")
    video_parts.fill(again := video_parts.build(1, "micro"), other)
    assert all(map(torch.equal, again.text.state_dict().values(), fresh.text.state_dict().values()))


@pytest.mark.timeout(300)
def test_what_a_finished_model_has_not_stays_as_it_was(made: Path) -> None:
    larger, fresh = video_parts.build(1, "cpu"), video_parts.build(1, "cpu")
    video_parts.fill(larger, made / "model")
    assert all(
        torch.equal(w, fresh.network.state_dict()[k])
        for k, w in larger.network.state_dict().items()
        if k.startswith("blocks.5.")
    )


@pytest.mark.timeout(300)
def test_a_target_shares_the_latent_space_of_the_training_beside_it(made: Path) -> None:
    train, out = made / "target", made / "larger"
    call = ["--budget", "micro", "--size", "cpu", "--beside", str(made / "train")]
    call += ["--train", str(train), "--out", str(out), "--minutes", "5"]
    for stage in ("flow", "save"):
        train_video.main([*call, "--stage", stage])
    assert [path.name for path in train.iterdir()] == ["flow.pt"]
    autoencoders = [load_file(made / name / "vae.safetensors") for name in ("model", "larger")]
    assert all(torch.equal(autoencoders[0][key], part) for key, part in autoencoders[1].items())
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    assert config["network"]["dim"] == video_parts.SIZES["cpu"].dim


def test_a_shared_stage_is_not_run_beside_its_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        train_video.main(["--beside", str(tmp_path), "--stage", "vae"])
    assert "run it there" in capsys.readouterr().err


def test_levels_are_one_a_block_and_the_last_block_is_never_context() -> None:
    sample = flow().sample()
    levels = sample.sigma.unflatten(1, (BLOCKS, BLOCK))
    assert torch.equal(levels[..., 0], levels[..., 2])
    assert (levels[:, -1] > 0.04).float().mean() > 0.9
    assert (levels[:, 0] < 0.05).float().mean() > 0.2


def test_taught_blocks_have_a_finished_past_and_are_all_judged() -> None:
    sample = flow().sample(taught=True)
    judged = sample.counts.amax((2, 3)).unflatten(1, (BLOCKS, BLOCK))[..., 0]
    assert sample.past is not None
    assert torch.equal(sample.past, sample.x0)
    assert judged[:, 0].all()
    assert judged[:, 2].all()
    assert 0.2 < (judged[:, 1] > 0).float().mean() < 0.9  # not where time was left out before it


def test_openings_are_many_first_blocks_with_nothing_before_them() -> None:
    stage = flow()
    opening, window = stage.opening(), stage.sample(taught=True)
    assert opening.x0.shape[1] == BLOCK
    assert len(opening.x0) >= 4 * len(window.x0)
    assert opening.past is None
    assert (opening.sigma == opening.sigma[:, :1]).all()
    assert opening.counts.amax((2, 3)).all()
    assert not opening.control[:, :, -STEERING[LAST] :].any()
    assert stage.flow(opening).shape == opening.x0.shape


def test_stills_are_a_dozen_times_as_many_single_frames_each_at_its_own_level() -> None:
    stage = flow(4)
    still = stage.still()
    assert still.x0.shape == (STILLS * 4, 1, 16, 4, 4)
    assert len(still.sigma.unique()) == len(still.x0)
    frames = stage._openings.take(torch.arange(6))[:, :BLOCK].flatten(0, 1)
    came_from = [(frames == one).flatten(1).all(1).nonzero().item() for one in still.x0[:, 0]]
    assert {place % BLOCK for place in came_from} == set(range(BLOCK))
    assert not still.control[:, :, -STEERING[LAST] :].any()
    assert stage.flow(still).shape == still.x0.shape


def test_clean_blocks_are_not_judged() -> None:
    sample = flow().sample()
    clean = sample.sigma == 0
    assert clean.any()
    assert not sample.counts.amax((2, 3))[clean].any()


def test_where_time_was_left_out_the_block_behind_the_gap_is_not_judged() -> None:
    sample = flow().sample()
    skipped = (sample.counts[:, BLOCK] == 0).all(-1).all(-1)
    assert 0 < skipped.sum() < len(skipped)
    assert (sample.sigma[skipped, BLOCK] < 0.05).all()


def test_a_thing_counts_more_than_what_is_around_it() -> None:
    things = torch.tensor([[[0.25, 0.75, 0.2], [0.25, 0.75, 0.0]]])
    here = weights(Ways.of(things, torch.zeros(1, 2, 3)), 8)
    assert here[0, 0, 6, 2] == THING  # row, column
    assert here[0, 0, 2, 6] == 1
    assert (here[0, 1] == 1).all()


def test_colours_count_more_than_details() -> None:
    still, counts = torch.zeros(1, 1, 16, 2, 2), torch.ones(1, 1, 2, 2)
    everywhere = torch.ones_like(still)
    assert judged(everywhere, still, counts).item() == pytest.approx(1)
    colour, detail = everywhere.clone(), everywhere.clone()
    colour[:, :, 1:] = 0
    detail[:, :, :COLOURS] = 0
    each = judged(detail, still, counts) / (16 - COLOURS)
    assert judged(colour, still, counts).item() == pytest.approx(COLOURFUL * each.item())


def test_what_moves_counts_more_than_what_stands() -> None:
    x0 = torch.zeros(1, 4, 2, 4, 4)
    x0[:, 1::2, :, 0, 0] = 1.0
    counts = moving(x0)
    assert counts[..., 0, 0].min() > 5 * counts[..., 1, 1].max() > 0
    assert torch.isfinite(moving(torch.zeros(1, 4, 2, 4, 4))).all()


def test_clips_tell_their_camera_their_things_both_or_neither() -> None:
    control = flow().sample().control
    camera, points = control[:, :, 0].amax((1, 2, 3)) > 0, control[:, :, 4].amax((1, 2, 3)) > 0
    for told, share in ((camera, TOLD), (points, POINTED), (camera & points, TOLD * POINTED)):
        assert told.float().mean() == pytest.approx(share, abs=0.2)
    speeds = control[camera][:, :, 1:4].mean((0, 1, 3, 4)) / LOUD
    assert speeds.tolist() == [1.0, 0.0, -0.5]
    assert not control[~camera][:, :, :4].any()


def test_points_lie_on_their_thing_and_go_as_it_goes() -> None:
    things = torch.tensor([[0.3, 0.4, 0.1], [0.4, 0.4, 0.1]]).expand(40, 2, 3)
    planes = drawn_planes(Ways.of(things, torch.zeros(40, 2, 3)), (16, 16))[:, :, 4:]
    there = planes[:, 0, 0].amax(0) > 0
    rows, columns = there.nonzero().T
    assert (((columns + 0.5) / 16 - 0.3).abs() < 0.1 + 1 / 16).all()
    assert (((rows + 0.5) / 16 - 0.4).abs() < 0.1 + 1 / 16).all()
    told, across, down = planes[:, 0].sum((0, 2, 3))
    assert across / told == pytest.approx(0.1 * FPS / 4 / EASY, rel=1e-3)
    assert down == 0


def test_clips_without_a_thing_have_no_points() -> None:
    things = torch.tensor([0.3, 0.4, 0.0]).expand(40, 2, 3)
    planes = drawn_planes(Ways.of(things, torch.zeros(40, 2, 3)), (8, 8))
    assert not planes[:, :, 4:].any()


def test_some_texts_are_left_out() -> None:
    texts = flow(256).sample().texts
    assert 0 < texts.count("") < 128


def test_an_untrained_autoencoder_redraws_the_mean_colours() -> None:
    vae = Taehv(TaehvConfig(16, (8, 8, 8, 8), (8, 8, 8, 8), 1, patch=2, scale=(2, 2, 1)))
    start_as_averages(vae)
    flat = torch.rand(1, 1, 3, 1, 1).expand(1, 9, 3, 16, 16)
    assert (vae.decode_all(vae.encode_all(flat)) - flat).abs().mean() < 0.15


def test_redrawing_exactly_costs_nothing() -> None:
    clip = torch.rand(1, 5, 3, 16, 16)
    assert redraw_loss(clip, clip) == 0
    assert redraw_loss(clip + 0.1, clip) > 0


def test_latents_that_leap_from_cell_to_cell_cost_more_than_smooth_ones() -> None:
    smooth = torch.linspace(-1, 1, 16).expand(2, 3, 16, 16, 16)
    leaping = smooth[..., torch.randperm(16, generator=torch.Generator().manual_seed(0))]
    assert calm_loss(leaping) > 2 * calm_loss(smooth)


def test_moved_latents_stand_for_pictures_moved_as_far() -> None:
    ramp = torch.linspace(0, 1, 64).expand(1, 5, 3, 64, 64)
    cells = ramp[:, ::4].unfold(-1, 8, 8).mean(-1).unfold(-2, 8, 8).mean(-1)
    for seed in range(6):
        torch.manual_seed(seed)
        latents, pictures = moved_both(cells, ramp)
        means = pictures[:, ::4].unfold(-1, 8, 8).mean(-1).unfold(-2, 8, 8).mean(-1)
        assert torch.allclose(latents, means, atol=1e-4)


def test_a_judge_learns_to_tell_true_patches_from_drawn_ones() -> None:
    torch.manual_seed(0)
    stage = VideoDecoderStage(Taehv(CONFIG), Clips(), batch=2, crop=32, frames=5)
    true, drawn = torch.rand(2, 5, 3, 32, 32), torch.full((2, 5, 3, 32, 32), 0.5)
    for _ in range(40):
        stage._judged(true, drawn, 2e-3)
    assert stage.judge(true.flatten(0, 1)).mean() > stage.judge(drawn.flatten(0, 1)).mean() + 0.5


def test_the_decoder_goes_on_alone() -> None:
    torch.manual_seed(0)
    vae = Taehv(CONFIG)
    start_as_averages(vae)
    stage = VideoDecoderStage(vae, Clips(), batch=2, crop=32, frames=5)
    encoder, decoder = (deepcopy(part.state_dict()) for part in (vae.encoder, vae.decoder))
    first = stage.step(0, 20)
    last = [stage.step(index, 20) for index in range(1, 20)][-1]
    assert last < first
    assert all(torch.equal(old, vae.encoder.state_dict()[name]) for name, old in encoder.items())
    assert any(
        not torch.equal(old, vae.decoder.state_dict()[name]) for name, old in decoder.items()
    )


class Clips(ClipPool):
    """One chunk of moving ramps without a disk."""

    def __init__(self) -> None:
        ramp = torch.linspace(0, 255, 48).expand(4, 9, 3, 48, 48)
        frames = torch.stack([ramp[:, i].roll(2 * i, -1) for i in range(9)], 1).to(torch.uint8)
        self.only = Chunk(frames, [""] * 4, torch.zeros(4, 9, 3), torch.zeros(4, 9, 3))

    def count(self) -> int:
        return 1

    def chunk_at(self, number: int) -> Chunk:
        return self.only
