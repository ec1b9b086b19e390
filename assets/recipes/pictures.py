"""Makes the pictures of the README: renders with the program and lays frames side by side."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import av
import cv2
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
VIDEOS = {  # presets of the video sheet and how many frames each is rendered
    "endless_landscape": 480,
    "camera_drive": 384,
    "lead_by_hand": 240,
    "camera_restyle": 72,
    "prompt_journey": 384,
    "memory_side_by_side": 240,
}
FILMED = ("webcam_dream", "camera_restyle")  # presets that see the demo clip for a camera
MOMENTS, WIDE = 8, 192  # pictures of a video, how many pixels wide
QUALITY = 88  # of a JPEG
EVERY = 6  # frames from one to the next in a preset's row


def render(*words: str) -> None:
    """`slipstream render` with these words."""
    subprocess.run([sys.executable, "-m", "app.cli", "render", *words], cwd=ROOT, check=True)


def frames(path: Path, size: tuple[int, int] | None = None) -> list[np.ndarray]:
    """All pictures of a film as (H, W, 3) uint8, at (width, height) where one is given; a height of
    0 keeps their shape."""
    with av.open(str(path)) as film:
        shown = list(film.decode(video=0))
    width, height = size or (shown[0].width, shown[0].height)
    height = height or round(width * shown[0].height / shown[0].width)
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
    """One picture as a PNG or a JPEG, by the name's ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), page[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY]):
        raise OSError(f"{path} cannot be written")


def restyled(film: Path, folder: Path) -> np.ndarray:
    """The film and its three repaintings, at the start, the middle and the end."""
    columns: list[list[np.ndarray]] = []
    for number, prompt in enumerate(PROMPTS):
        out = folder / f"{number}.mp4"
        words = ("--input", str(film), "--out", str(out), "--frames", f"0:{FRAMES}")
        render("clip_restyle", *words, "--set", f"paint.prompt={prompt}")
        columns.append(frames(out))
    height, width, _ = columns[0][0].shape
    columns.insert(0, frames(film, (width, height))[:FRAMES])
    return sheet([[column[at] for column in columns] for at in (0, FRAMES // 2, FRAMES - 1)])


def presets(folder: Path) -> np.ndarray:
    """Eight frames of every preset, a row each."""
    names = sorted(path.stem for path in (ROOT / "presets").glob("*.json"))
    return sheet(
        [frames(played(name, folder, FRAMES), SMALL)[EVERY:FRAMES:EVERY] for name in names]
    )


def videos(folder: Path) -> np.ndarray:
    """Eight moments of some videos from start to end, a row each, of the shape it has."""
    rows: list[np.ndarray] = []
    for name, count in VIDEOS.items():
        shown = frames(played(name, folder, count), (WIDE, 0))
        moments = np.linspace(0, len(shown) - 1, MOMENTS).astype(int)
        rows.append(np.concatenate([shown[at] for at in moments], 1))
    return np.concatenate(rows)


def played(name: str, folder: Path, count: int) -> Path:
    """The first frames of a preset as a film."""
    out = folder / f"{name}.mp4"
    clip = ("--input", str(DEMO)) if name in FILMED else ()
    render(name, *clip, "--out", str(out), "--frames", f"0:{count}")
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path, help="what three prompts repaint")
    film = parser.parse_args().film.resolve()
    if not film.is_file():
        parser.error(f"there is no film {film}; name one that three prompts may repaint")
    with tempfile.TemporaryDirectory() as folder:
        save(restyled(film, Path(folder)), PICTURES / "restyle.png")
        save(presets(Path(folder)), PICTURES / "presets.jpg")
        save(videos(Path(folder)), PICTURES / "video.jpg")


if __name__ == "__main__":
    main()
