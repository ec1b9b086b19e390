"""Makes the pictures of the README: renders with the program itself and lays frames side by side.

python -m assets.recipes.pictures FILM      the film is repainted by three prompts
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import av
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "assets" / "clips" / "demo.mp4"
PICTURES = ROOT / "docs" / "pictures"
PROMPTS = (
    "a forest at dawn, watercolour",
    "fire and lava, oil painting",
    "islands, vaporwave",
)
FRAMES = 49
GAP = 4  # pixels between pictures
SMALL = (160, 104)  # width and height of a frame of a preset
EVERY = 6  # frames from one to the next in a preset's row


def render(*words: str) -> None:
    """`slipstream render` with these words."""
    subprocess.run([sys.executable, "-m", "app.cli", "render", *words], cwd=ROOT, check=True)


def frames(path: Path, size: tuple[int, int] | None = None) -> list[np.ndarray]:
    """All pictures of a film as (H, W, 3) uint8, at (width, height) where one is given."""
    with av.open(str(path)) as film:
        shown = list(film.decode(video=0))[:FRAMES]
    width, height = size or (shown[0].width, shown[0].height)
    return [frame.to_ndarray(format="rgb24", width=width, height=height) for frame in shown]


def sheet(rows: list[list[np.ndarray]]) -> np.ndarray:
    """Rows of equal pictures with a white gap between them."""
    height, width, _ = rows[0][0].shape
    size = (len(rows) * (height + GAP) - GAP, len(rows[0]) * (width + GAP) - GAP, 3)
    page = np.full(size, 255, np.uint8)
    for down, row in enumerate(rows):
        for right, picture in enumerate(row):
            top, left = down * (height + GAP), right * (width + GAP)
            page[top : top + height, left : left + width] = picture
    return page


def save(page: np.ndarray, path: Path) -> None:
    """One picture as a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as file:
        stream = file.add_stream("png", rate=1)
        stream.height, stream.width, stream.pix_fmt = page.shape[0], page.shape[1], "rgb24"
        file.mux(stream.encode(av.VideoFrame.from_ndarray(page, format="rgb24")))
        file.mux(stream.encode(None))


def restyled(film: Path, folder: Path) -> np.ndarray:
    """The film and its three repaintings, at the start, the middle and the end."""
    columns: list[list[np.ndarray]] = []
    for number, prompt in enumerate(PROMPTS):
        out = folder / f"{number}.mp4"
        words = ("--input", str(film), "--out", str(out), "--frames", f"0:{FRAMES}")
        render("clip_restyle", *words, "--set", f"paint.prompt={prompt}")
        columns.append(frames(out))
    height, width, _ = columns[0][0].shape
    columns.insert(0, frames(film, (width, height)))
    return sheet([[column[at] for column in columns] for at in (0, FRAMES // 2, FRAMES - 1)])


def presets(folder: Path) -> np.ndarray:
    """Eight frames of every preset, a row each."""
    rows: list[list[np.ndarray]] = []
    for path in sorted((ROOT / "presets").glob("*.json")):
        out = folder / f"{path.stem}.mp4"
        clip = ("--input", str(DEMO)) if path.stem == "webcam_dream" else ()
        render(path.stem, *clip, "--out", str(out), "--frames", f"0:{FRAMES}")
        rows.append(frames(out, SMALL)[EVERY::EVERY])
    return sheet(rows)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        save(restyled(Path(sys.argv[1]).resolve(), Path(folder)), PICTURES / "restyle.png")
        save(presets(Path(folder)), PICTURES / "presets.png")


if __name__ == "__main__":
    main()
