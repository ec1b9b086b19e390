"""The graph as a value: edits return another graph, share the rest, and refuse with a sentence."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest

from engine.errors import GraphError, ParamError, RegistryError
from engine.graph import Diff, Graph, Link, LinkPolicy, LoopError
from engine.spec import CONVERTERS, Param
from engine.subgraph import demote, promote
from engine.values import Frame, Latent, Prompt
from tests.engine.small_nodes import chain, empty


def mirror(graph: Graph, diff: Diff) -> Graph:
    """A graph rebuilt from another and a diff, as a view or the engine follows."""
    nodes = {key: entry for key, entry in graph.nodes.items() if key not in diff.removed}
    nodes |= diff.added | diff.retyped
    for key, changed in diff.params.items():
        nodes[key] = replace(nodes[key], params={**nodes[key].params, **changed})
    for key, flags in diff.flags.items():
        nodes[key] = replace(nodes[key], flags=flags)
    for key, names in diff.expose.items():
        nodes[key] = replace(nodes[key], expose=names)
    kept = [link for link in graph.links if link not in diff.links_removed]
    links = tuple(sorted([*kept, *diff.links_added], key=str))
    return replace(graph, nodes=nodes, links=links, stream=diff.stream or graph.stream)


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


def look() -> Graph:
    graph = chain().add("control.lfo").connect("lfo.out", "blur.radius").expose("mix", "amount")
    return graph.collapse(["blur", "mix"], "look")


def test_collapsing_shows_what_was_linked_or_exposed():
    graph = look()
    assert [port.name for port in graph.inputs("look")] == ["frame"]
    assert [port.name for port in graph.outputs("look")] == ["out"]
    assert sorted(param.name for param in graph.params("look")) == ["amount", "radius"]
    assert [str(link) for link in graph.links] == [
        "camera.out -> look.frame",
        "lfo.out -> look.radius",
        "look.out -> window.frame",
    ]


def test_flattening_gives_path_keys_and_shares_entries():
    graph = look()
    flat = graph.flatten()
    assert set(flat.nodes) == {"camera", "window", "lfo", "look/blur", "look/mix"}
    assert flat.nodes["look/blur"] is graph.entry("look/blur")
    assert {str(link) for link in flat.links} == {
        "camera.out -> look/blur.frame",
        "lfo.out -> look/blur.radius",
        "look/blur.out -> look/mix.a",
        "look/mix.out -> window.frame",
    }
    assert flat.flatten() is flat
    assert graph.flatten() is flat


def test_params_of_a_subgraph_live_inside():
    graph = look().set("look", radius=7)
    assert graph.entry("look/blur").params["radius"] == 7.0
    assert graph.value("look", "radius") == 7.0
    assert graph.resolve("look.radius") == ("look/blur.radius",)
    assert graph.set("look/blur", radius=2) == look()


def test_edits_reach_inside_by_path():
    graph = look().add("compose.blur", "look/").connect("look/mix.out", "look/blur_2.frame")
    assert graph.entry("look/blur_2").type == "compose.blur"
    graph = (
        graph.flag("look/blur_2", "mute", True)
        .disconnect("look/blur_2.frame")
        .remove("look/blur_2")
    )
    assert graph == look()
    inner = next(link for link in graph.flatten().links if link.target == "look/mix.a")
    graph = graph.insert_on_link("compose.blur", inner)
    assert "look/blur_2.out -> look/mix.a" in map(str, graph.flatten().links)


def test_renaming_inside_keeps_what_is_shown():
    graph = look().rename("look/blur", "soft")
    assert graph.resolve("look.radius") == ("look/soft.radius",)
    assert "camera.out -> look/soft.frame" in map(str, graph.flatten().links)
    assert graph.rename("look/soft", "blur") == look()


def test_removing_inside_takes_the_border_and_its_links_along():
    graph = look().remove("look/blur")
    assert [str(link) for link in graph.links] == ["look.out -> window.frame"]
    assert graph.inputs("look") == ()


def test_links_do_not_cross_the_border():
    with pytest.raises(GraphError, match="cross the border"):
        look().connect("camera.out", "look/mix.b")
    with pytest.raises(GraphError, match="not a subgraph"):
        look().set("camera/blur", radius=1)


def test_one_source_into_two_nodes_becomes_one_input():
    graph = empty().add("sources.camera").add("compose.blur").add("compose.mix").add("sinks.window")
    graph = graph.connect("camera.out", "blur.frame").connect("camera.out", "mix.b")
    graph = graph.connect("blur.out", "mix.a").connect("mix.out", "window.frame")
    collapsed = graph.collapse(["blur", "mix"], "look")
    assert len(collapsed.inputs("look")) == 1
    assert {str(link) for link in collapsed.flatten().links} == {
        "camera.out -> look/blur.frame",
        "camera.out -> look/mix.b",
        "look/blur.out -> look/mix.a",
        "look/mix.out -> window.frame",
    }


def test_loops_are_found_across_borders():
    graph = look()
    with pytest.raises(LoopError, match="look/mix -> look/blur"):
        graph.connect("look.out", "look.frame")
    inner = look().collapse(["look/blur", "look/mix"], "deep")
    assert set(inner.flatten().nodes) >= {"look/deep/blur", "look/deep/mix"}
    assert inner.set("look", radius=3).entry("look/deep/blur").params["radius"] == 3.0
    with pytest.raises(LoopError, match="look/deep/mix"):
        inner.connect("look.out", "look.frame")


def test_what_a_subgraph_shows_can_be_chosen():
    graph = promote(look(), "look", "mix.b")
    graph = promote(graph, "look", "mix.mode", "manner").connect("camera.out", "look.b")
    assert graph.set("look", manner="add").entry("look/mix").params["mode"] == "add"
    assert "camera.out -> look/mix.b" in map(str, graph.flatten().links)
    assert promote(look(), "look", "blur.out").output("look", "out_2")
    assert demote(demote(graph, "look", "b"), "look", "manner") == look()
    with pytest.raises(GraphError, match="did you mean 'mode'"):
        promote(graph, "look", "mix.mod")
    with pytest.raises(GraphError, match="look shows no 'manners'; did you mean 'manner'"):
        demote(graph, "look", "manners")


def test_subgraphs_in_subgraphs_can_show_more_too():
    inner = look().collapse(["look/blur", "look/mix"], "deep")
    inner = promote(inner, "look/deep", "mix.mode")
    assert (
        promote(inner, "look", "deep.mode").set("look", mode="add").value("look/deep", "mode")
        == "add"
    )


def test_a_bypassed_subgraph_is_wired_through_and_a_muted_one_mutes_inside():
    flat = look().flag("look", "bypass", True).flatten()
    assert [str(link) for link in flat.links] == ["camera.out -> window.frame"]
    flat = look().flag("look", "mute", True).flatten()
    assert flat.nodes["look/blur"].flags == {"mute"}


def test_healing_passes_subgraphs_too():
    assert "camera.out -> window.frame" in map(str, look().remove("look", heal=True).links)


def test_a_diff_names_only_what_changed():
    graph = chain()
    diff = graph.diff(graph.set("mix", amount=0.1).flag("blur", "mute", True).with_stream(seed=4))
    assert diff.params == {"mix": {"amount": 0.1}}
    assert diff.flags == {"blur": {"mute"}}
    assert (diff.stream and diff.stream.seed) == 4
    assert diff.keys == {"mix", "blur"}
    assert not graph.diff(graph)
    assert not graph.diff(chain())


def test_a_diff_tells_a_whole_number_from_a_number():
    entry = replace(chain().entry("blur"), params={"radius": 2})
    graph = replace(chain(), nodes={**chain().nodes, "blur": entry})
    assert chain().diff(graph).params == {"blur": {"radius": 2}}


def test_subgraphs_that_change_inside_are_whole_in_the_diff():
    diff = look().diff(look().set("look", radius=1))
    assert set(diff.retyped) == {"look"}
    flat = look().flatten().diff(look().set("look", radius=1).flatten())
    assert flat.params == {"look/blur": {"radius": 1.0}}


TYPES = [
    "sources.camera",
    "control.lfo",
    "compose.mix",
    "compose.blur",
    "motion.delay",
    "generate.video",
]


def any_key(graph: Graph, chance: random.Random) -> str:
    flat = [key for key in graph.flatten().nodes if chance.random() < 0.5]
    return chance.choice([*graph.nodes, *flat, "nothing"])


def random_edit(graph: Graph, chance: random.Random) -> Graph:
    """One edit of any kind, as a person may ask for it, possible or not."""
    one, two = any_key(graph, chance), any_key(graph, chance)
    outs = [f"{one}.{name}" for name in ("out", "shape", "colour")]
    ins = [
        f"{two}.{name}"
        for name in ("frame", "a", "b", "guide", "past", "amount", "radius", "frames")
    ]
    edits = [
        lambda: graph.add(chance.choice([*TYPES, "sinks.window", "compose.split"])),
        lambda: graph.add(chance.choice(TYPES), f"{one}/"),
        *[lambda: graph.remove(one, heal=chance.random() < 0.5)]
        * (len(graph.flatten().nodes) // 6),
        lambda: graph.rename(one, chance.choice(["x", "y", "mix", "left"])),
        lambda: graph.set(
            one, **{chance.choice(["amount", "radius", "level", "steps"]): chance.random()}
        ),
        lambda: graph.set(one, mode=chance.choice(["add", "normal", 2])),
        lambda: graph.connect(chance.choice(outs), chance.choice(ins)),
        lambda: graph.connect("camera.out", chance.choice(ins), LinkPolicy("queue", 0.5)),
        lambda: graph.connect_with_delay(chance.choice(outs), chance.choice(ins)),
        lambda: graph.disconnect(chance.choice(ins)),
        lambda: graph.flag(one, chance.choice(["bypass", "mute", "hold"]), chance.random() < 0.5),
        lambda: graph.expose(one, chance.choice(["amount", "radius"]), chance.random() < 0.5),
        lambda: graph.with_stream(seed=chance.randrange(5)),
        lambda: (
            graph.insert_on_link("compose.blur", chance.choice(graph.links))
            if graph.links
            else graph
        ),
        lambda: graph.collapse(list({one, two}), "group") if chance.random() < 0.3 else graph,
    ]
    try:
        return chance.choice(edits)()
    except (GraphError, ParamError):
        return graph


def test_a_mirror_that_follows_the_diffs_equals_the_graph():
    chance = random.Random(7)
    graph = shadow = chain()
    for _ in range(10_000):
        edited = random_edit(graph, chance)
        shadow = mirror(shadow, graph.diff(edited))
        assert shadow == edited
        graph = edited


def test_random_edits_keep_every_graph_sound():
    chance = random.Random(8)
    graph = chain()
    for _ in range(1500):
        graph = random_edit(graph, chance)
        flat = graph.flatten()
        assert len({link.target for link in flat.links}) == len(flat.links)
        assert all(
            link.source_key in flat.nodes and link.target_key in flat.nodes for link in flat.links
        )
        assert list(flat.links) == sorted(flat.links, key=str)


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
