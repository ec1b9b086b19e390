"""The graph as a value: edits return another graph, share the rest, and refuse with a sentence."""

from __future__ import annotations

import time

import pytest

from engine.errors import GraphError, ParamError, RegistryError
from engine.graph import Link, LinkPolicy, LoopError
from engine.spec import CONVERTERS, Param
from engine.values import Frame, Latent, Prompt
from tests.engine.small_nodes import chain, empty


def test_added_nodes_get_readable_keys_and_all_params():
    graph = empty().add("compose.mix").add("compose.mix", amount=1)
    assert list(graph.nodes) == ["mix", "mix_2"]
    assert graph.entry("mix").params == {"amount": 0.5, "mode": "normal", "steps": 4, "on": True}
    assert graph.entry("mix_2").params["amount"] == 1.0
    assert graph.entry("mix").version == 1


def test_free_key_tells_the_key_beforehand():
    graph = empty().add("compose.mix")
    assert graph.free_key("compose.mix") == "mix_2"
    assert graph.free_key("compose.mix") in graph.add("compose.mix").nodes


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(RegistryError, match=r"did you mean 'compose\.blur'"):
        empty().add("compose.blurr")
    with pytest.raises(GraphError, match="did you mean 'amount'"):
        empty().add("compose.mix", amout=1)
    with pytest.raises(GraphError, match="did you mean 'camera'"):
        chain().remove("camra")
    with pytest.raises(GraphError, match="did you mean 'frame'"):
        chain().connect("camera.out", "blur.fram")


@pytest.mark.parametrize("key", ["", "A", "1a", "a b", "a.b", "_a", "ä", "a-b", "a\n"])
def test_keys_that_no_address_can_hold_are_refused(key: str):
    with pytest.raises(GraphError, match="no name for a node"):
        chain().rename("camera", key)


def test_keys_are_unique():
    with pytest.raises(GraphError, match="already"):
        chain().add("compose.mix", "blur")
    with pytest.raises(GraphError, match="already"):
        chain().rename("camera", "blur")


def test_removing_takes_the_links_along():
    graph = chain().remove("blur")
    assert [str(link) for link in graph.links] == ["mix.out -> window.frame"]


def test_healing_links_the_neighbours_over_several_nodes():
    graph = chain().remove("mix", "blur", heal=True)
    assert [str(link) for link in graph.links] == ["camera.out -> window.frame"]


def test_healing_keeps_the_policy_of_the_link_that_stays():
    graph = chain().connect("mix.out", "window.frame", LinkPolicy("queue", 0.2))
    healed = graph.remove("mix", heal=True)
    assert "blur.out -> window.frame [queue 0.2]" in map(str, healed.links)


def test_healing_drops_what_would_not_fit():
    graph = chain().add("control.lfo").connect("lfo.out", "blur.radius")
    assert len(graph.remove("lfo", heal=True).links) == 3
    graph = empty().add("sources.camera").add("compose.split").add("compose.mix")
    graph = graph.connect("camera.out", "split.frame").connect("split.shape", "mix.mask")
    assert graph.remove("split", heal=True).links == ()


def test_healing_a_loop_that_goes_as_a_whole_comes_to_an_end():
    graph = chain().connect_with_delay("mix.out", "blur.frame")
    healed = graph.remove("mix", "blur", "delay", heal=True)
    assert healed.links == ()


def test_renaming_rewrites_links():
    graph = chain().rename("blur", "soft")
    assert [str(link) for link in graph.links] == [
        "camera.out -> soft.frame",
        "mix.out -> window.frame",
        "soft.out -> mix.a",
    ]
    assert graph.rename("soft", "blur") == chain()
    assert graph.rename("soft", "soft") is graph


def test_untouched_entries_are_shared():
    graph = chain()
    other = graph.set("blur", radius=9)
    assert other.entry("camera") is graph.entry("camera")
    assert other.links is graph.links
    assert other.entry("blur").params == {"radius": 9.0}


def test_an_edit_that_changes_nothing_is_the_same_graph():
    graph = chain()
    assert graph.set("blur", radius=2.0) is graph
    assert graph.flag("blur", "mute", False) is graph
    assert graph.connect("camera.out", "blur.frame") is graph
    assert graph.with_stream(width=512) is graph
    assert graph.remove() is graph
    assert graph.expose("blur", "radius", on=False) is graph


def test_values_are_parsed_and_clamped():
    graph = chain().set("mix", amount=7, steps=2.6, mode="add", on=0)
    assert graph.entry("mix").params == {"amount": 1.0, "mode": "add", "steps": 3, "on": False}
    assert empty().add("generate.video", prompt="fire").value("video", "prompt") == Prompt.of(
        "fire"
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "much", None, [1], {}])
def test_values_that_are_no_number_are_refused(value: object):
    with pytest.raises(ParamError, match="radius"):
        chain().set("blur", radius=value)


def test_params_may_be_called_key_or_self():
    with pytest.raises(GraphError, match="no parameter 'key'"):
        chain().set("blur", key=1)


def test_flags_and_exposed_params():
    graph = chain().flag("blur", "bypass", True).flag("blur", "hold", True).expose("blur", "radius")
    assert graph.entry("blur").flags == {"bypass", "hold"}
    assert graph.entry("blur").expose == ("radius",)
    with pytest.raises(GraphError, match="bypass, hold, mute"):
        graph.flag("blur", "solo", True)
    with pytest.raises(GraphError, match="no parameter 'file'"):
        graph.expose("camera", "file")


def test_the_stream_is_checked():
    assert chain().with_stream(width=832, height=480).stream.width == 832
    for wrong in ({"width": 0}, {"height": 1 << 20}, {"fps": 0}, {"seed": -1}):
        with pytest.raises(GraphError, match=r"\d"):
            chain().with_stream(**wrong)


@pytest.mark.parametrize(
    "text",
    [
        "a.out -> b.in",
        "a.out -> b.in [queue 0.2]",
        "look/a.out -> look/b.in [latest]",
        "a.o -> b.i [lossless]",
    ],
)
def test_links_print_as_they_are_written(text: str):
    assert str(Link.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a -> b",
        "a.out b.in",
        "a.out -> b.in [queue]",
        "a.out -> b.in [queue 0]",
        "a.out -> b.in [queue nan]",
        "a.out -> b.in [sometimes]",
        "A.out -> b.in",
        "a.out -> b.in -> c.in",
        "a..out -> b.in",
        "/a.out -> b.in",
        "a.out -> b.in [queue -1]",
        "a.out -> b.in []",
        "a.out -> b.in [latest 3]",
        "a.out -> b.in [queue inf]",
    ],
)
def test_what_is_no_link_is_refused(text: str):
    with pytest.raises(GraphError, match=r"'a\.out -> b\.in'|a link is \[latest\]"):
        Link.parse(text)


def test_an_input_has_one_link():
    graph = chain().connect("camera.out", "mix.a")
    assert sum(link.target == "mix.a" for link in graph.links) == 1
    assert "camera.out -> mix.a" in map(str, graph.links)


def test_links_drive_parameters():
    graph = (
        chain().add("control.lfo").connect("lfo.out", "mix.amount").connect("lfo.out", "mix.mode")
    )
    assert isinstance(graph.target("mix", "amount"), Param)
    assert len(graph.links) == 5
    with pytest.raises(GraphError, match="Frame is not float"):
        graph.connect("camera.out", "mix.amount")
    with pytest.raises(GraphError, match="Frame is not a choice"):
        graph.connect("camera.out", "mix.mode")
    with pytest.raises(GraphError, match="no input 'file'"):
        graph.connect("lfo.out", "camera.file")


def test_types_that_differ_are_refused_with_the_node_that_converts(monkeypatch: pytest.MonkeyPatch):
    graph = chain().add("generate.encode")
    with pytest.raises(GraphError, match=r"encode\.out to blur\.frame: Latent is not Frame$"):
        graph.connect("encode.out", "blur.frame")
    monkeypatch.setitem(CONVERTERS, (Latent, Frame), "generate.decode")
    with pytest.raises(GraphError, match=r"Latent is not Frame; generate\.decode converts it"):
        graph.connect("encode.out", "blur.frame")


def test_disconnecting_needs_a_link():
    graph = chain().disconnect("mix.a")
    assert len(graph.links) == 2
    with pytest.raises(GraphError, match="nothing is linked"):
        graph.disconnect("mix.a")


def test_a_loop_without_a_delay_is_refused_and_can_be_made_with_one():
    graph = chain()
    with pytest.raises(LoopError, match="blur -> mix -> blur"):
        graph.connect("mix.out", "blur.frame")
    with pytest.raises(LoopError, match="mix -> mix"):
        graph.connect("mix.out", "mix.b")
    looped = graph.connect_with_delay("mix.out", "mix.b")
    assert {"mix.out -> delay.frame", "delay.out -> mix.b"} <= set(map(str, looped.links))
    assert looped.connect("blur.out", "mix.b").connect("delay.out", "mix.b")


def test_a_delay_does_not_delay_what_drives_its_parameters():
    graph = chain().add("motion.delay").add("control.lfo")
    graph = graph.connect("mix.out", "delay.frame").connect("delay.out", "mix.b")
    assert graph.connect("lfo.out", "delay.frames")


def test_a_loop_through_a_slow_node_needs_an_input_that_holds():
    graph = empty().add("sources.camera").add("generate.video").add("motion.delay")
    graph = graph.connect("camera.out", "video.guide").connect("video.out", "delay.frame")
    assert graph.connect("delay.out", "video.past")
    with pytest.raises(GraphError, match="waits for each packet of guide"):
        graph.connect("delay.out", "video.guide")


def test_inserting_on_a_link_keeps_its_policy_at_the_far_end():
    graph = chain().connect("blur.out", "mix.a", LinkPolicy("latest"))
    link = next(link for link in graph.links if link.target == "mix.a")
    graph = graph.insert_on_link("compose.blur", link)
    assert {"blur.out -> blur_2.frame", "blur_2.out -> mix.a [latest]"} <= set(
        map(str, graph.links)
    )
    with pytest.raises(GraphError, match="there is no link"):
        graph.insert_on_link("compose.blur", link)
    with pytest.raises(GraphError, match="does not fit between"):
        graph.insert_on_link("control.lfo", graph.links[0])


def test_editing_two_hundred_nodes_is_quick_to_tell():
    graph = chain()
    for index in range(196):
        graph = graph.add("compose.blur", f"blur_{index}")
        graph = graph.connect(
            f"blur_{index - 1}.out" if index else "blur.out", f"blur_{index}.frame"
        )
    edits = {
        "set": lambda: graph.set("blur_90", radius=5),
        "connect": lambda: graph.connect("blur_195.out", "mix.b"),
        "remove all": lambda: graph.remove(*graph.nodes),
        "remove and heal": lambda: graph.remove("blur_90", heal=True),
        "diff": lambda: graph.diff(graph.remove("blur_3")),
        "collapse": lambda: graph.collapse([f"blur_{n}" for n in range(50)], "look"),
    }
    for name, edit in edits.items():
        started = time.perf_counter()
        assert edit() is not graph
        print(f"{name}: {1000 * (time.perf_counter() - started):.2f} ms")  # noqa: T201
