"""Checkpoints by name: found, checked, loaded beside the stream, and shared while anyone uses them.

Who asks gets a `Lease`. Leases of one content, format, device and loader share one object; when the
last is released the object stays warm until others need the room.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch

from engine.errors import SlipstreamError, WeightsError, did_you_mean
from engine.hashes import Hashes
from engine.tensors import check_tensors, open_tensors

T = TypeVar("T")

Progress = Callable[
    [float, str], None
]  # share done in [0, 1], what is being done; raises where cancelled
Loader = Callable[[Path, Progress], T]
Download = Callable[["ZooEntry", Progress], Path]

BUDGET = 4 << 30  # bytes of checkpoints that nobody uses and that are kept all the same


@dataclass(frozen=True)
class ZooEntry:
    """Where a checkpoint is found: a file or folder of that name, on the hub if not nearer."""

    file: str
    repo: str = ""
    revision: str = "main"
    sha256: str = ""  # of its content; "" takes any
    size: int = 0  # bytes, for what is said before a download


class LoadCancelled(WeightsError):
    """Nobody waits for the checkpoint any more."""


class Lease(Generic[T]):
    """A checkpoint that was asked for: `result()` waits, `release()` gives it back or cancels."""

    def __init__(self, name: str, progress: Progress, cancelled: Callable[[], bool]) -> None:
        self.name = name
        self.share = 0.0
        self.text = "waiting"
        self._progress = progress
        self._asked_off = cancelled
        self._released = threading.Event()
        self._give_back: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._future: Future[T]

    def __repr__(self) -> str:
        state = "ready" if self.done() else f"{self.share:.0%} {self.text}"
        return f"<Lease {self.name} {'released' if self._released.is_set() else state}>"

    def done(self) -> bool:
        return self._future.done()

    def result(self, timeout: float | None = None) -> T:
        """What the loader made. Raises what it raised; TimeoutError after `timeout` seconds."""
        return self._future.result(timeout)

    @property
    def value(self) -> T:
        """What the loader made; waits for it."""
        return self.result()

    def error(self) -> BaseException | None:
        """Why there is nothing, once `done()`."""
        return self._future.exception() if self.done() else None

    def add_done_callback(self, call: Callable[[Lease[T]], None]) -> None:
        """Calls back on the loading thread, at once where it is done already."""
        self._future.add_done_callback(lambda _: call(self))

    def release(self) -> None:
        """Gives the checkpoint back, or stops loading it; once is enough."""
        with self._lock:
            self._released.set()
            give_back, self._give_back = self._give_back, None
        if give_back:
            give_back()

    cancel = release

    @property
    def is_released(self) -> bool:
        return self._released.is_set() or self._asked_off()

    def tell(self, share: float, text: str) -> None:
        """Progress of the one load; LoadCancelled where it was released."""
        if self.is_released:
            raise LoadCancelled(f"loading {self.name} was cancelled")
        self.share, self.text = share, text
        self._progress(share, text)

    def follow(self, future: Future[T]) -> None:
        """The future of the thread that loads."""
        self._future = future

    def hold(self, give_back: Callable[[], None]) -> None:
        """What `release` has to call from now on; called at once where it came before."""
        with self._lock:
            kept = not self._released.is_set()
            self._give_back = give_back if kept else None
        if not kept:
            give_back()


class _Shared:
    """One loaded object and who uses it; `lock` is held while it loads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.value: Any = None
        self.loaded = False
        self.users = 0
        self.size = 0


def _silent(share: float, text: str) -> None:
    del share, text


def _never() -> bool:
    return False


class Weights:
    """The checkpoints of a program. `zoo` says what there is; folders come first, then the hub."""

    def __init__(
        self,
        zoo: Mapping[str, ZooEntry],
        *,
        folders: Sequence[Path] = (),
        hub_cache: Path | None = None,
        download: Download | None = None,
        hashes: Path | None = None,
        budget: int = BUDGET,
        workers: int = 2,
    ) -> None:
        self._zoo = zoo
        self._folders = tuple(folders)
        self._hub_cache = hub_cache
        self._download = download
        self._hashes = Hashes(hashes)
        self._budget = budget
        self._lock = threading.Lock()
        self._shared: OrderedDict[Hashable, _Shared] = OrderedDict()
        self._pending: set[Lease[Any]] = set()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="slipstream-weights")

    def __repr__(self) -> str:
        with self._lock:
            used = sum(shared.users > 0 for shared in self._shared.values())
            size = sum(shared.size for shared in self._shared.values()) >> 20
            loading = len(self._pending)
        return f"<Weights {used} in use, {len(self._shared)} loaded, {size} MB, {loading} loading>"

    def names(self) -> list[str]:
        """Every name of the zoo."""
        return sorted(self._zoo)

    def find(self, name: str) -> Path:
        """Where a checkpoint of the zoo, or at a path, lies here. WeightsError if nowhere."""
        entry = self._zoo.get(name)
        if entry is None:
            return self._own_file(name)
        places = [folder / entry.file for folder in self._folders]
        found = next((path for path in [*places, *self._in_hub(entry)] if path.exists()), None)
        if found is None:
            way = "download it first" if entry.repo else "reinstall Slipstream"
            raise WeightsError(f"the checkpoint {name!r} is not on this machine; {way}")
        return found

    def has(self, name: str) -> bool:
        """Whether `find` would find it."""
        try:
            return bool(self.find(name))
        except WeightsError:
            return False

    def request(
        self,
        name: str,
        loader: Loader[T],
        *,
        dtype: torch.dtype = torch.float32,
        device: torch.device | None = None,
        progress: Progress = _silent,
        cancelled: Callable[[], bool] = _never,
    ) -> Lease[T]:
        """Asks for `loader(path, progress)`, made once for all who ask alike, on a thread beside.

        `progress` is told from that thread; `cancelled` is polled where the loader tells progress.
        """
        lease: Lease[T] = Lease(name, progress, cancelled)
        key = (dtype, str(device or "cpu"), loader)
        with self._lock:
            self._pending.add(lease)
        lease.follow(self._pool.submit(self._serve, lease, key, loader))
        return lease

    def load(self, name: str, loader: Loader[T], **options: Any) -> Lease[T]:
        """The same, waited for: what a node's `setup` calls. Raises what went wrong."""
        lease = self.request(name, loader, **options)
        lease.result()
        return lease

    def close(self) -> None:
        """Cancels what is loading, ends the threads and forgets everything."""
        with self._lock:
            pending = list(self._pending)
        for lease in pending:
            lease.release()
        self._pool.shutdown(wait=True)
        with self._lock:
            self._shared.clear()

    def _serve(self, lease: Lease[T], key: tuple[Hashable, ...], loader: Loader[T]) -> T:
        try:
            lease.tell(0.0, "looking")
            path = self._here(lease)
            shared_key = (self._verified(lease, path), *key)
            shared = self._loaded(lease, shared_key, path, loader)
            lease.hold(lambda: self._leave(shared_key, shared))
            return shared.value
        except (SlipstreamError, torch.OutOfMemoryError):
            raise
        except (OSError, RuntimeError, ValueError, LookupError, TypeError) as error:
            raise WeightsError(
                f"the checkpoint {lease.name!r} cannot be loaded: {error}"
            ) from error
        finally:
            with self._lock:
                self._pending.discard(lease)

    def _here(self, lease: Lease[Any]) -> Path:
        entry = self._zoo.get(lease.name)
        if entry is None or self._download is None or not entry.repo or self.has(lease.name):
            return self.find(lease.name)
        return self._download(entry, lease.tell)

    def _verified(self, lease: Lease[Any], path: Path) -> str:
        digest = self._hashes.of(path, lease.tell)
        entry = self._zoo.get(lease.name)
        if entry and entry.sha256 and entry.sha256 != digest:
            raise WeightsError(
                f"{path} is not the checkpoint {lease.name!r}: its sha256 begins "
                f"with {digest[:8]}, not {entry.sha256[:8]}; delete it and fetch it again"
            )
        return digest

    def _loaded(self, lease: Lease[Any], key: Hashable, path: Path, loader: Loader[Any]) -> _Shared:
        with self._lock:
            shared = self._shared.setdefault(key, _Shared())
            shared.users += 1
        with contextlib.ExitStack() as undo:
            undo.callback(self._leave, key, shared)
            with shared.lock:
                if not shared.loaded:
                    shared.value = loader(path, lease.tell)
                    shared.size, shared.loaded = _size(path), True
            undo.pop_all()
        return shared

    def _leave(self, key: Hashable, shared: _Shared) -> None:
        with self._lock:
            shared.users -= 1
            if shared.users == 0 and not shared.loaded:
                self._shared.pop(key, None)
            elif key in self._shared:
                self._shared.move_to_end(key)
            self._make_room()

    def _make_room(self) -> None:
        """Forgets what nobody uses, the longest unused first, until the rest fits the budget."""
        idle = [key for key, shared in self._shared.items() if shared.users == 0]
        warm = sum(self._shared[key].size for key in idle)
        for key in idle:
            if warm <= self._budget:
                return
            warm -= self._shared.pop(key).size

    def _own_file(self, name: str) -> Path:
        path = Path(name).expanduser()
        with contextlib.suppress(OSError, ValueError):
            if name and path.exists():
                return path
        raise WeightsError(f"there is no checkpoint {name!r}{did_you_mean(name, self._zoo)}")

    def _in_hub(self, entry: ZooEntry) -> list[Path]:
        if self._hub_cache is None or not entry.repo:
            return []
        repo = self._hub_cache / f"models--{entry.repo.replace('/', '--')}"
        ref = repo / "refs" / entry.revision
        revision = ref.read_text().strip() if ref.is_file() else entry.revision
        return [repo / "snapshots" / revision / entry.file]


def _size(path: Path) -> int:
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())


__all__ = [
    "Hashes",
    "Lease",
    "LoadCancelled",
    "Weights",
    "ZooEntry",
    "check_tensors",
    "open_tensors",
]
