"""A second world, of true rooms: walks through the halls of Freedoom (BSD licence, inside the
package `vizdoom`), with depth, camera and words known.

Its pictures have what painted layers lack: walls that turn, corners that hide, floors under the
camera. `pip install vizdoom` gives it; nothing of it is in the repository.
"""

from __future__ import annotations

import math
import random
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from nodes.rollout.video.helm import speed_between
from nodes.worlds.clip_motion import FPS
from nodes.worlds.clip_words import CAMERAS

if TYPE_CHECKING:
    from collections.abc import Iterator

MAPS = 32
WIDE, HIGH = 160, 120  # pixels of the game's picture, the middle square of which is shown
FOCAL = WIDE / 2  # the game sees 90 degrees
TALL = 1.2  # its pixels are that much taller than wide
METRE = 32.0  # units of a map
DEPTH = 100 / 14 / METRE  # metres of one level of the game's depth
FAR = 255 * DEPTH
BEGIN = 10  # ticks until a walk has its pace
GLANCES = 12  # ways that are looked before one is gone
DARK = 0.16  # mean brightness of a room that is called so
WALK, RUN = 9, 22  # what the game takes for about 1.8 metres a second aside and 4.5 ahead
PACE = {
    "left": (0, -WALK),
    "right": (0, WALK),
    "forward": (RUN, 0),
    "backward": (-RUN, 0),
    "still": (0, 0),
}
TRIES = 12
ROOMY = 1.5, 15.0  # metres that a view goes on the whole; beyond, one stands in a wall or outside


class Hall(NamedTuple):
    """A walk: frames (T, 3, side, side) in [0, 1], what it shows, depth (T, 1, side, side) in
    metres along the camera's axis, up to `FAR`; camera to world (T, 4, 4) in metres, axes right,
    down and ahead; and the lens (3, 3) in pixels."""

    frames: Tensor
    text: str
    depth: Tensor
    poses: Tensor
    lens: Tensor

    def speeds(self) -> Tensor:
        """How fast the camera goes aside, round and ahead at every frame, (T, 3), as models are
        steered by it."""
        found = [
            speed_between(before.double(), now.double(), 1 / FPS)
            for before, now in pairwise(self.poses)
        ]
        return torch.tensor([*found, found[-1]])


class HallPainter:
    """An endless, seeded supply of walks, each through another place of some map."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def batch(self, n: int, frames: int, side: int) -> list[Hall]:
        """n walks through one map. ImportError where the package is not there."""
        game = _begun(self._dice.randint(1, MAPS), self._dice.randrange(1 << 16))
        try:
            return [self._walk(game, frames, side) for _ in range(n)]
        finally:
            game.close()

    def _walk(self, game: Any, frames: int, side: int) -> Hall:
        camera = self._dice.choice(list(PACE))
        ahead, aside = PACE[camera]
        for _ in range(TRIES):
            if self._enters(game):
                break
        for _ in range(BEGIN):
            game.make_action([ahead, aside, 0])
        states = list(_seen(game, [ahead, aside, 0], frames))
        pictures = torch.stack([_square(state.screen_buffer, side) for state in states]) / 255
        depth = torch.stack([_square(state.depth_buffer[..., None], side) for state in states])
        light = "dark room" if float(pictures.mean()) < DARK else "room"
        said = self._dice.choice(CAMERAS[camera])
        poses = torch.stack([_pose(*state.game_variables) for state in states])
        return Hall(pictures, f"a {light}, {said}", depth * DEPTH, poses, _lens(side))

    def _enters(self, game: Any) -> bool:
        """Goes to where something lies and turns to where the view is widest; whether that is a
        room."""
        place = self._dice.choice(game.get_state().objects)
        game.send_game_command(f"warp {place.position_x:.0f} {place.position_y:.0f}")
        views = []
        for _ in range(GLANCES):
            game.make_action([0, 0, 360 / GLANCES])
            views.append(float(game.get_state().depth_buffer.mean()))
        game.make_action([0, 0, 360 / GLANCES * (1 + views.index(max(views)))])
        away = float(game.get_state().depth_buffer.mean()) * DEPTH
        return ROOMY[0] < away < ROOMY[1]


def _begun(number: int, seed: int) -> Any:
    try:
        import vizdoom
    except ImportError as error:
        raise ImportError("walks through halls need the package vizdoom: pip install it") from error
    game = vizdoom.DoomGame()
    game.set_doom_game_path(str(Path(vizdoom.__file__).with_name("freedoom2.wad")))
    # where the engine keeps its settings; else it writes them wherever one happens to be
    game.set_doom_config_path(str(Path(tempfile.gettempdir()) / "slipstream-vizdoom.ini"))
    game.set_doom_map(f"map{number:02d}")
    game.set_seed(seed)
    game.set_screen_resolution(vizdoom.ScreenResolution.RES_160X120)
    game.set_screen_format(vizdoom.ScreenFormat.RGB24)
    game.set_depth_buffer_enabled(True)
    game.set_objects_info_enabled(True)
    game.set_window_visible(False)
    for part in ("hud", "weapon", "crosshair", "messages", "decals", "particles", "screen_flashes"):
        getattr(game, f"set_render_{part}")(False)
    variable, button = vizdoom.GameVariable, vizdoom.Button
    game.set_available_game_variables(
        [
            variable.POSITION_X,
            variable.POSITION_Y,
            variable.CAMERA_POSITION_Z,
            variable.CAMERA_ANGLE,
        ]
    )
    game.set_available_buttons(
        [
            button.MOVE_FORWARD_BACKWARD_DELTA,
            button.MOVE_LEFT_RIGHT_DELTA,
            button.TURN_LEFT_RIGHT_DELTA,
        ]
    )
    game.add_game_args("+sv_cheats 1 +cl_bob 0 +con_midtime 0 +cl_showsecretmessage 0")
    game.init()
    game.send_game_command("sv_nomonsters 1")
    game.new_episode()  # from which on it holds
    return game


def _seen(game: Any, action: list[float], frames: int) -> Iterator[Any]:
    """What is seen tick by tick; a walk that ends stands still."""
    state = game.get_state()
    for _ in range(frames):
        yield state
        game.make_action(action)
        state = game.get_state() or state


def _square(picture: Any, side: int) -> Tensor:
    """The middle square (C, side, side) of a picture (HIGH, WIDE, C) of bytes."""
    shown = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float()
    left = (WIDE - HIGH) // 2
    shown = shown[..., left : left + HIGH]
    return F.interpolate(shown, (side, side), mode="area" if side <= HIGH else "bilinear")[0]


def _lens(side: int) -> Tensor:
    scale, middle = side / HIGH, side / 2
    focal = FOCAL * scale
    return torch.tensor([[focal, 0, middle], [0, focal * TALL, middle], [0, 0, 1.0]])


def _pose(x: float, y: float, z: float, degrees: float) -> Tensor:
    """Camera to world of a place on the map, north ahead and height up, and a way to look."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return torch.tensor(
        [
            [sin, 0, cos, x / METRE],
            [0, 1, 0, -z / METRE],
            [-cos, 0, sin, y / METRE],
            [0, 0, 0, 1],
        ],
        dtype=torch.float32,
    )
