"""Checkpoints are found by name, loaded once for all who ask alike, kept warm within a budget."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import WeightsError
from engine.hashes import Hashes
from engine.weights import LoadCancelled, Weights, ZooEntry, open_tensors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Make = Callable[..., Weights]

WAIT = 20.0


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes registries of two small checkpoints that lie in a folder, and ends their threads."""
    made: list[Weights] = []
    for name in ("tiny", "other"):
        save_file({name: torch.ones(256)}, tmp_path / f"{name}.safetensors")
    entries = {name: ZooEntry(f"{name}.safetensors") for name in ("tiny", "other")}

    def build(zoo: dict[str, ZooEntry] | None = None, **options: Any) -> Weights:
        options = {"folders": [tmp_path]} | options
        made.append(Weights(entries | (zoo or {}), **options))
        return made[-1]

    yield build
    for weights in made:
        weights.close()


class Loads:
    """A loader that counts."""

    def __init__(self) -> None:
        self.paths: list[Path] = []

    def __call__(
        self, path: Path, progress: Callable[[float, str], None]
    ) -> dict[str, torch.Tensor]:
        self.paths.append(path)
        return open_tensors(path, progress=progress)


class Gate:
    """A loader that waits to be let through, as a big checkpoint takes its time."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()

    def __call__(self, path: Path, progress: Callable[[float, str], None]) -> str:
        progress(0.5, "half")
        self.entered.set()
        assert self.open.wait(WAIT)
        progress(0.9, "nearly")
        return path.name


def test_a_checkpoint_is_found_in_folders_in_order_then_in_the_hub_cache(
    make: Make, tmp_path: Path
):
    hub = tmp_path / "hub" / "models--org--big"
    (hub / "snapshots" / "abc").mkdir(parents=True)
    (hub / "snapshots" / "abc" / "big.safetensors").touch()
    (hub / "refs").mkdir()
    (hub / "refs" / "main").write_text("abc\n")
    weights = make({"big": ZooEntry("big.safetensors", "org/big")}, hub_cache=tmp_path / "hub")
    assert weights.find("tiny") == tmp_path / "tiny.safetensors"
    assert weights.find("big").parent.name == "abc"
    assert weights.find(str(tmp_path / "other.safetensors")).name == "other.safetensors"
    assert weights.has("big")


@pytest.mark.parametrize("name", ["tinny", "", "a\0b", "/no/where.safetensors", "x" * 5000])
def test_an_unknown_name_is_refused(make: Make, name: str):
    with pytest.raises(WeightsError, match="there is no checkpoint"):
        make().find(name)
    assert not make().has(name)


def test_a_known_name_that_is_not_here_says_what_to_do(make: Make):
    weights = make(
        {"far": ZooEntry("far.safetensors", "org/far"), "lost": ZooEntry("lost.safetensors")}
    )
    with pytest.raises(WeightsError, match="download it first"):
        weights.find("far")
    with pytest.raises(WeightsError, match="reinstall"):
        weights.load("lost", Loads())


def test_all_who_ask_alike_share_one_object(make: Make):
    weights, loads = make(), Loads()
    leases = [weights.request("tiny", loads) for _ in range(8)]
    values = [lease.result(WAIT) for lease in leases]
    assert all(value is values[0] for value in values)
    assert len(loads.paths) == 1


def test_equal_content_is_shared_under_any_name_and_formats_are_not(make: Make, tmp_path: Path):
    (tmp_path / "copy.safetensors").write_bytes((tmp_path / "tiny.safetensors").read_bytes())
    weights, loads = make(), Loads()
    first = weights.load("tiny", loads).value
    assert weights.load(str(tmp_path / "copy.safetensors"), loads).value is first
    assert weights.load("tiny", loads, dtype=torch.bfloat16).value is not first
    assert weights.load("tiny", Loads()).value is not first
    assert weights.load("other", loads).value.keys() == {"other"}


def test_released_checkpoints_stay_warm_within_the_budget(make: Make, tmp_path: Path):
    size = (tmp_path / "tiny.safetensors").stat().st_size
    weights, loads = make(budget=size + size // 2), Loads()
    for name in ("tiny", "tiny", "other", "tiny"):
        weights.load(name, loads).release()
    names = [path.stem for path in loads.paths]
    assert names == ["tiny", "other", "tiny"]
    assert "1 loaded" in repr(weights)


def test_a_checkpoint_in_use_is_never_forgotten(make: Make):
    weights, loads = make(budget=0), Loads()
    one, two = weights.load("tiny", loads), weights.load("tiny", loads)
    one.release()
    one.release()
    assert weights.load("tiny", loads).value is two.value
    assert len(loads.paths) == 1


def test_progress_is_told(make: Make):
    told: list[str] = []
    make().load("tiny", Loads(), progress=lambda _, text: told.append(text))
    assert told == ["looking", "checking tiny.safetensors", "reading tiny.safetensors"]


def test_a_release_stops_the_load(make: Make):
    weights, gate = make(), Gate()
    lease = weights.request("tiny", gate)
    assert gate.entered.wait(WAIT)
    assert (lease.share, lease.text, lease.done()) == (0.5, "half", False)
    lease.release()
    gate.open.set()
    with pytest.raises(LoadCancelled, match="loading tiny was cancelled"):
        lease.result(WAIT)
    assert "0 loaded" in repr(weights)


def test_the_next_in_line_loads_when_the_first_gives_up(make: Make):
    weights, gate = make(), Gate()
    first = weights.request("tiny", gate)
    assert gate.entered.wait(WAIT)
    second = weights.request("tiny", gate)
    first.cancel()
    gate.open.set()
    assert second.result(WAIT) == "tiny.safetensors"


def test_a_poll_that_says_cancelled_stops_the_load(make: Make):
    with pytest.raises(LoadCancelled):
        make().load("tiny", Loads(), cancelled=lambda: True)


@pytest.mark.parametrize("error", [RuntimeError("odd"), KeyError("odd"), WeightsError("odd")])
def test_a_loader_that_fails_is_said_and_may_be_asked_again(make: Make, error: Exception):
    def fails(path: Path, progress: Callable[[float, str], None]) -> None:
        raise error

    weights = make()
    for _ in range(2):
        with pytest.raises(WeightsError, match="odd"):
            weights.load("tiny", fails)
    assert "0 loaded" in repr(weights)


def test_what_no_one_expects_reaches_who_asked(make: Make):
    def fails(path: Path, progress: Callable[[float, str], None]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        make().load("tiny", fails)


def test_out_of_memory_stays_what_it_is(make: Make):
    def fails(path: Path, progress: Callable[[float, str], None]) -> None:
        raise torch.OutOfMemoryError("full")

    with pytest.raises(torch.OutOfMemoryError):
        make().load("tiny", fails)


def test_content_that_is_not_the_checkpoint_is_refused(make: Make):
    weights = make({"tiny": ZooEntry("tiny.safetensors", sha256="ab" * 32)})
    with pytest.raises(WeightsError, match=r"not abababab; delete it and fetch it again"):
        weights.load("tiny", Loads())


def test_what_is_not_here_is_downloaded_where_that_is_possible(make: Make, tmp_path: Path):
    def download(entry: ZooEntry, progress: Callable[[float, str], None]) -> Path:
        progress(0.5, f"downloading {entry.repo}")
        save_file({"far": torch.ones(3)}, tmp_path / entry.file)
        return tmp_path / entry.file

    weights = make({"far": ZooEntry("far.safetensors", "org/far")}, download=download)
    assert weights.load("far", Loads()).value.keys() == {"far"}


def test_the_done_callback_comes_with_the_lease(make: Make):
    done = threading.Event()
    lease = make().request("tiny", Loads())
    lease.add_done_callback(lambda found: done.set() if found is lease else None)
    assert done.wait(WAIT)
    assert lease.error() is None


def test_closing_ends_what_is_loading(make: Make):
    weights, gate = make(), Gate()
    leases = [weights.request("tiny", gate) for _ in range(5)]
    assert gate.entered.wait(WAIT)
    gate.open.set()
    weights.close()
    assert all(lease.done() for lease in leases)
    weights.close()


def test_hashes_are_remembered_until_the_file_changes(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"one")
    first = Hashes(tmp_path / "hashes.json").of(tmp_path / "a")
    told: list[float] = []
    again = Hashes(tmp_path / "hashes.json")
    assert again.of(tmp_path / "a", lambda share, _: told.append(share)) == first
    assert told == []
    (tmp_path / "a").write_bytes(b"another")
    assert again.of(tmp_path / "a") != first


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 3}', '{"a": [1]}', "\0"])
def test_a_mangled_memory_of_hashes_is_only_slow(tmp_path: Path, content: str):
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "hashes.json").write_text(content)
    assert Hashes(tmp_path / "hashes.json").of(tmp_path / "a") == Hashes().of(tmp_path / "a")


def test_a_folder_has_a_hash_of_names_and_contents(tmp_path: Path):
    (tmp_path / "m" / "sub").mkdir(parents=True)
    (tmp_path / "m" / "sub" / "a").write_bytes(b"one")
    first = Hashes().of(tmp_path / "m")
    (tmp_path / "m" / "sub" / "a").rename(tmp_path / "m" / "sub" / "b")
    assert Hashes().of(tmp_path / "m") != first
