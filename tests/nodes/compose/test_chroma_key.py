"""ChromaKey: the screen goes, the rest stays."""

from __future__ import annotations

import pytest
import torch

from engine.errors import ParamError
from engine.values import Color, Frame
from nodes.compose.chroma_key import ChromaKey


def pixels(*colours: tuple[float, float, float], alpha: float | None = None) -> Frame:
    picture = torch.tensor(colours).t().reshape(1, 3, 1, -1).contiguous()
    return Frame(picture, None if alpha is None else torch.full((1, 1, 1, len(colours)), alpha))


GREEN, RED, GREY = (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.5, 0.5, 0.5)


@pytest.mark.parametrize("quality", ["fine", "fast"])
def test_the_screen_goes_and_the_rest_stays(quality):
    keyed = ChromaKey(key=Color("#00ff00"), quality=quality).process(pixels(GREEN, RED, GREY))
    assert keyed.alpha.flatten().tolist() == [0, 1, 1]


def test_untouched_it_takes_screens_of_cloth_paint_and_computers():
    cloth, paint = (0.18, 0.6, 0.29), (0.0, 0.69, 0.25)
    keyed = ChromaKey().process(pixels(GREEN, cloth, paint, GREY))
    assert keyed.alpha.flatten().tolist() == [0, 0, 0, 1]


def test_another_colour_may_be_the_key():
    keyed = ChromaKey(key=Color("#ff0000")).process(pixels(GREEN, RED, GREY))
    assert keyed.alpha.flatten().tolist() == [1, 0, 1]


def test_transparency_that_was_there_stays():
    keyed = ChromaKey().process(pixels(GREEN, RED, alpha=0.5))
    assert keyed.alpha.flatten().tolist() == [0, 0.5]


def test_spill_is_taken_off_what_is_kept():
    tinted = pixels((0.5, 0.6, 0.5))
    clean = ChromaKey(tolerance=0.1).process(tinted).tensor.flatten()
    assert clean[1] - clean[0] < 0.02
    assert torch.equal(ChromaKey(spill=0.0).process(tinted).tensor, tinted.tensor)


def test_the_mask_may_be_shown():
    shown = ChromaKey(show="mask").process(pixels(GREEN, RED))
    assert shown.tensor[0, 0, 0].tolist() == [0, 1]
    assert shown.alpha is None


def test_shrinking_takes_the_edge_off():
    frame = pixels(GREEN, RED, RED, RED)
    assert ChromaKey(shrink=1).process(frame).alpha.flatten().tolist() == [0, 0, 1, 1]


def test_a_grey_key_is_one_sentence():
    with pytest.raises(ParamError, match="#808080 is grey"):
        ChromaKey(key=Color("#808080")).process(pixels(GREEN))
