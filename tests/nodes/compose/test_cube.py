"""Colour tables: what is read, what is refused, and that no text breaks the reader."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import MediaError
from nodes.compose.cube import load, parse

INVERTING = "LUT_1D_SIZE 2\n1 1 1\n0 0 0\n"


def identity(size: int) -> str:
    steps = [i / (size - 1) for i in range(size)]
    rows = [f"{r} {g} {b}" for b in steps for g in steps for r in steps]
    return "\n".join(['TITLE "plain"', f"LUT_3D_SIZE {size}", "", "# red is fastest", *rows])


def test_an_identity_cube_changes_nothing():
    picture = torch.rand(1, 3, 5, 7)
    assert torch.allclose(parse(identity(3), "x").apply(picture), picture, atol=1e-6)


def test_red_runs_fastest():
    rows = ["0 0 0"] * 8
    rows[1] = "1 0.5 0.25"
    cube = parse("LUT_3D_SIZE 2\n" + "\n".join(rows), "x")
    red = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)
    assert cube.apply(red).flatten().tolist() == [1, 0.5, 0.25]
    assert cube.apply(red.flip(1)).flatten().tolist() == [0, 0, 0]


def test_curves_look_up_each_channel_in_straight_lines():
    cube = parse("LUT_1D_SIZE 3\n0 1 0\n0.2 0.5 0\n1 0 0", "x")
    picture = torch.tensor([0.25, 0.5, 1.0]).view(1, 3, 1, 1)
    assert cube.apply(picture).flatten().tolist() == pytest.approx([0.1, 0.5, 0])


def test_the_domain_is_what_the_table_spans():
    cube = parse("DOMAIN_MIN -1 -1 -1\nDOMAIN_MAX 1 1 1\nLUT_1D_SIZE 2\n0 0 0\n1 1 1", "x")
    assert cube.apply(torch.zeros(1, 3, 1, 1)).flatten().tolist() == [0.5] * 3
    ranged = parse("LUT_1D_SIZE 2\nLUT_1D_INPUT_RANGE -1 1\n0 0 0\n1 1 1", "x")
    assert ranged.apply(torch.zeros(1, 3, 1, 1)).flatten().tolist() == [0.5] * 3


def test_colours_outside_are_held():
    cube = parse("LUT_1D_SIZE 2\n-2 -2 -2\n3 3 3", "x")
    assert cube.apply(torch.tensor([0.0, 0.5, 1]).view(1, 3, 1, 1)).flatten().tolist() == [
        0,
        0.5,
        1,
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "look has no LUT_1D_SIZE"),
        ("0 0 0", "'0 0 0' in line 1, where LUT_1D_SIZE or LUT_3D_SIZE belongs"),
        ("LUT_3D_SIZE 1", "where one LUT_3D_SIZE from 2 to 128 belongs"),
        ("LUT_3D_SIZE 129", "from 2 to 128"),
        ("LUT_1D_SIZE 65537", "from 2 to 65536"),
        ("LUT_3D_SIZE -4", "from 2 to 128"),
        ("LUT_3D_SIZE 2.5", "from 2 to 128"),
        ("LUT_3D_SIZE", "from 2 to 128"),
        ("LUT_1D_SIZE 2\nLUT_3D_SIZE 2", "in line 2, where one LUT_3D_SIZE"),
        ("LUT_1D_SIZE 2\n0 0 0", "ends after 1 of 2 colours"),
        (
            "LUT_1D_SIZE 2\n0 0 0\n1 1 1\n1 1 1",
            "in line 4, where the end, after 2 colours, belongs",
        ),
        ("LUT_1D_SIZE 2\n0 0", "'0 0' in line 2, where three numbers belongs"),
        ("LUT_1D_SIZE 2\n0 0 nan", "three numbers below 1e30"),
        ("LUT_1D_SIZE 2\n0 0 1e99", "three numbers below 1e30"),
        ("LUT_1D_SIZE 2\nred green blue", "three numbers"),
        ("DOMAIN_MAX 0 1 1\nLUT_1D_SIZE 2\n0 0 0\n1 1 1", "DOMAIN_MAX not above DOMAIN_MIN"),
        ("<html>", "'<html>' in line 1"),
    ],
)
def test_a_wrong_table_says_where(text, complaint):
    with pytest.raises(MediaError, match=complaint):
        parse(text, "look")


def test_a_file_is_read_with_its_mark_and_line_ends(tmp_path):
    path = tmp_path / "look.cube"
    path.write_bytes(b"\xef\xbb\xbf" + INVERTING.replace("\n", "\r\n").encode())
    assert load(path).apply(torch.ones(1, 3, 1, 1)).flatten().tolist() == [0, 0, 0]


def test_files_that_are_not_there_or_not_text_are_refused(tmp_path):
    with pytest.raises(MediaError, match="cannot be read: No such file"):
        load(tmp_path / "none.cube")
    with pytest.raises(MediaError, match="cannot be read"):
        load(tmp_path)
    noise = tmp_path / "noise.cube"
    noise.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(MediaError, match="line 1"):
        load(noise)


LINES = st.one_of(
    st.sampled_from(["LUT_1D_SIZE 2", "LUT_3D_SIZE 2", "DOMAIN_MIN 0 0 0", "DOMAIN_MAX 1 1 1"]),
    st.sampled_from(
        ['TITLE "x"', "# note", "0 0 0", "1 1 1", "LUT_3D_INPUT_RANGE 0 1", "0 -0 1e-9"]
    ),
    st.text(max_size=20),
    st.tuples(*[st.floats().map(str)] * 3).map(" ".join),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=14).map("\n".join))
def test_any_text_is_a_table_or_one_sentence(text):
    try:
        cube = parse(text, "look")
    except MediaError:
        return
    looked = cube.apply(torch.rand(1, 3, 2, 2))
    assert torch.isfinite(looked).all()
