"""A network as a critic, from an ONNX file: aesthetics, quality or likeness models of any maker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from engine.errors import WeightsError
from kernels.resize import resize
from nodes.models.onnx_picture import opened
from nodes.rollout.score.scorers import expect_frames

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from engine.values import Prompt

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)  # openai/CLIP, clip.py
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


@dataclass(eq=False)
class OnnxCritic:
    """Shows each frame to the network of a file, which answers with one number.

    The file's first input is (1 or N, 3, H, W); a size that it leaves open is `size`. Colours are
    brought to `mean` and `std`. The text is not shown.
    """

    path: Path
    size: int = 224
    mean: tuple[float, float, float] = CLIP_MEAN
    std: tuple[float, float, float] = CLIP_STD
    _network: Any = field(default=None, init=False, repr=False)

    def score(self, frames: Tensor, prompt: Prompt | None) -> Tensor:
        """(T, 3, H, W) in [0, 1] -> (T,) float32. WeightsError where the file cannot be used."""
        del prompt
        expect_frames(frames)
        if self._network is None:
            self._network = opened(self.path)
        shown = self._shown(frames)
        name = self._network.get_inputs()[0].name
        said = [self._said(name, shown[i : i + 1].numpy()) for i in range(len(shown))]
        return torch.tensor(said, dtype=torch.float32, device=frames.device)

    def _said(self, name: str, picture: Any) -> float:
        answer = self._network.run(None, {name: picture})[0]
        if answer.size != 1:
            raise WeightsError(
                f"{self.path.name} answers with {answer.size} numbers for a picture; "
                "a critic answers with 1"
            )
        return float(answer.reshape(-1)[0])

    def _shown(self, frames: Tensor) -> Tensor:
        """Frames as the network wants them, on the CPU."""
        height, width = (
            side if isinstance(side, int) else self.size
            for side in self._network.get_inputs()[0].shape[2:]
        )
        small = resize(frames.float().cpu(), height=height, width=width, filter="bicubic")
        mean, std = (torch.tensor(row).view(1, 3, 1, 1) for row in (self.mean, self.std))
        return (small - mean) / std
