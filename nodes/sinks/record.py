"""The recorder: what is presented goes to a film, stamped when it was, with its sound in step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import MediaError
from engine.node import Context, Lane, Node, Packet, Tick, Window, param, resource
from engine.packet import FLICKS_PER_SECOND
from engine.values import Audio, Frame
from nodes.sinks.codecs import CodecName, Effort, container_for
from nodes.sinks.movie import Movie, Settings
from nodes.sinks.output_file import Exists, check_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

STEP = FLICKS_PER_SECOND // 50  # sound moves only when the latency has changed by this much
SHARE = 0.05  # of each new latency in the filtered one


@dataclass
class Latency:
    """How long content takes to be presented: filtered, then held, so that sound is not torn."""

    filtered: float = 0.0
    held: int = 0
    seen: int | None = None  # pts of the last packet measured

    def measure(self, presented: int, content: int) -> None:
        """Takes a frame in at its first presentation; both times in flicks."""
        if content == self.seen:
            return
        late = presented - content
        self.filtered = (
            late if self.seen is None else self.filtered + SHARE * (late - self.filtered)
        )
        if self.seen is None or abs(self.filtered - self.held) > STEP:
            self.held = round(self.filtered)
        self.seen = content


class Record(Node, id="sinks.record", lane=Lane.IO, aliases=("save", "export", "movie")):
    """Writes the pictures, and the sound if any is linked, to a film.

    A process that is killed loses at most two seconds. The graph goes into the file's comment.
    A picture of another size than the first is scaled to it; where the codec takes whole pairs of
    pixels, an odd size gets its last row or column once more. Alpha is kept by prores, ffv1 and
    vp9, and laid over black by the others. Another path or codec, or off and on, begins a new file.
    """

    path: Path = param(default=Path(), doc="The file to write: .mp4, .mov, .mkv or .webm")
    codec: CodecName = param(
        default="h264", doc="h264 plays anywhere, prores is for editing, ffv1 keeps every bit"
    )
    quality: float = param(
        default=75.0, doc="Larger is better and bigger; counts from the next file", min=0, max=100
    )
    effort: Effort = param(
        default="live", doc="live writes each picture at once, best takes longer for a smaller file"
    )
    hardware: bool = param(
        default=False, doc="Whether the graphics card encodes, in software where it cannot"
    )
    exists: Exists = param(
        default="number", doc="When the file is there already: take clip_2, clip_3, or overwrite it"
    )
    active: bool = param(default=True, doc="Off closes the file, on begins the next")
    _movie: Movie | None = resource()
    _made: tuple[Path, str] | None = resource()
    _start: int = resource(default=0)
    _latency: Latency | None = resource()

    def setup(self, ctx: Context) -> None:
        del ctx
        check_folder(self.path)
        container_for(self.path, self.codec)

    def process(self, tick: Tick, frame: Packet[Frame], audio: Window[Packet[Audio]] = ()) -> None:
        if self._movie and (not self.active or self._made != (self.path, self.codec)):
            self._close()
        if not self.active:
            return
        if self._movie is None:
            self._begin(tick, frame.value)
        assert self._movie is not None
        assert self._latency is not None
        self._latency.measure(tick.pts, frame.pts)
        try:
            self._write(self._movie, tick.pts, frame.value, audio, self._latency.held)
        except MediaError:
            self._movie.abandon()
            self._movie = None
            raise

    def drain(self) -> Iterator[None]:
        self._close()
        return iter(())

    def teardown(self) -> None:
        self._close()

    @property
    def file(self) -> Path | None:
        """The file that is being written, with its number; None between files."""
        return self._movie.path if self._movie else None

    @property
    def frames(self) -> int:
        """Pictures in the file so far."""
        return self._movie.frames if self._movie else 0

    @property
    def size(self) -> int:
        """Bytes on the disk so far."""
        return self._movie.size if self._movie else 0

    def _begin(self, tick: Tick, first: Frame) -> None:
        settings = Settings(self.codec, self.quality, self.effort, self.hardware, self.exists)
        self._movie = Movie(
            self.path, settings, first, fps=self.ctx.stream.fps, comment=self.ctx.describe()
        )
        self._made = (self.path, self.codec)
        self._start, self._latency = tick.pts, Latency()

    def _write(
        self,
        movie: Movie,
        pts: int,
        frame: Frame,
        audio: tuple[Packet[Audio], ...],
        latency: int,
    ) -> None:
        movie.add_frame(frame, pts - self._start)
        for chunk in audio:
            samples = chunk.value.tensor.detach().float().cpu().numpy()
            movie.add_sound(samples, chunk.value.rate, chunk.pts + latency - self._start)

    def _close(self) -> None:
        movie, self._movie = self._movie, None
        if movie is not None:
            movie.close()
