"""The screen source: a part of the desktop, taken at every tick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch

from engine.errors import DeviceError
from engine.node import Context, Lane, Node, Tick, param, resource
from engine.values import Frame


def open_screen(cursor: bool) -> Any:
    """An open mss screen; DeviceError where there is no display."""
    import mss
    from mss.exception import ScreenShotError

    try:
        return mss.MSS(with_cursor=cursor)
    except (ScreenShotError, OSError, NotImplementedError) as error:
        raise DeviceError(
            f"no screen can be captured here: {error}; start under a desktop"
        ) from None


class ScreenRegion(Node, id="sources.screen", lane=Lane.IO, aliases=("desktop", "capture")):
    """Shows a part of the screen, as it is at each moment."""

    monitor: int = param(default=1, doc="Which screen; 0 is all of them together", min=0, max=16)
    left: int = param(default=0, doc="Left edge of the part, from the screen's", min=0, unit="px")
    top: int = param(default=0, doc="Top edge of the part, from the screen's", min=0, unit="px")
    width: int = param(default=0, doc="Width of the part; 0 reaches the edge", min=0, unit="px")
    height: int = param(default=0, doc="Height of the part; 0 reaches the edge", min=0, unit="px")
    cursor: bool = param(default=False, doc="Whether the mouse pointer is in the picture")
    open_screen: ClassVar[Callable[[bool], Any]] = staticmethod(open_screen)
    _screen: Any = resource()
    _cursor: bool = resource(default=False)

    def setup(self, ctx: Context) -> None:
        del ctx
        self.open_screen(self.cursor).close()  # opened again by the thread that will use it

    def process(self, tick: Tick) -> Frame:
        del tick
        if self._screen is None or self._cursor != self.cursor:
            self.teardown()
            self._screen, self._cursor = self.open_screen(self.cursor), self.cursor
        shot = self._grab(self._region())
        pixels = np.frombuffer(shot.raw, np.uint8).reshape(shot.height, shot.width, 4)
        planes = np.ascontiguousarray(
            pixels[:, :, 2::-1].transpose(2, 0, 1)
        )  # (3, H, W), from BGRA
        return Frame(torch.from_numpy(planes)[None].to(self.ctx.device).float().div_(255))

    def teardown(self) -> None:
        if self._screen is not None:
            self._screen.close()
        self._screen = None

    def _region(self) -> dict[str, int]:
        screens = self._screen.monitors
        if self.monitor >= len(screens):
            raise DeviceError(f"there is no screen {self.monitor}; there are {len(screens) - 1}")
        whole = screens[self.monitor]
        left = min(self.left, whole["width"] - 1)
        top = min(self.top, whole["height"] - 1)
        return {
            "left": whole["left"] + left,
            "top": whole["top"] + top,
            "width": min(self.width or whole["width"], whole["width"] - left),
            "height": min(self.height or whole["height"], whole["height"] - top),
        }

    def _grab(self, region: dict[str, int]) -> Any:
        from mss.exception import ScreenShotError

        try:
            return self._screen.grab(region)
        except (ScreenShotError, OSError) as error:
            raise DeviceError(f"the screen cannot be captured: {error}") from None
