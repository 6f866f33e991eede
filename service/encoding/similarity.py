"""How alike the codes of values are, as a picture: which values an encoder takes for near, and which for far.

Letters: S values of a range, W channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from encoders.contract import Encoder, objects
from service import canvas

Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
MOST_TICKS = 9
GALLERY_COLUMNS = 7


def codes_of(encoder: Encoder, values: Sequence[Any], history: Sequence[Any]) -> tuple[Float64, Bool]:
    """float64[S, W], the codes of values sent to a stream after `history`, and bool[S], which of them were sensed.

    Each value is sent to the same stream at the same moment, as if the others had never been.
    """
    state = encoder.initial(1)
    for value in history:
        state = encoder.encode(objects([value]), state).state
    encoded = encoder.encode(objects(values), np.repeat(state, len(values)))
    return encoded.codes.astype(np.float64), encoded.sensed


def similarity(codes: Float64) -> Float64:
    """float64[S, S]: 1 for equal codes, 0 for the pair that is furthest apart; by Euclidean distance.

    >>> similarity(np.array([[0.0], [1.0], [4.0]])).tolist()
    [[1.0, 0.75, 0.0], [0.75, 1.0, 0.25], [0.0, 0.25, 1.0]]
    """
    away = np.sqrt(np.square(codes[:, None, :] - codes[None, :, :]).sum(axis=2))
    furthest = float(away.max(initial=0.0))
    return 1.0 - away / furthest if furthest > 0.0 else np.ones_like(away)


def plot(title: str, labels: Sequence[str], codes: Float64, path: Path) -> Path:
    """Draw the similarity matrix and the codes as a PNG; returns its path.

    labels: [S]. Raises MissingPartError without matplotlib, OSError.
    """
    picture = canvas.sheet(11.5, 5.4)
    matrix, channels = picture.subplots(1, 2)
    limit = max(float(np.abs(codes).max(initial=0.0)), 1e-9)
    alike = matrix.imshow(similarity(codes), cmap="viridis", vmin=0.0, vmax=1.0, interpolation="nearest")
    loud = channels.imshow(codes.T, aspect="auto", cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
    ticks = np.unique(np.linspace(0, len(labels) - 1, MOST_TICKS).astype(np.int64))
    shown = [labels[tick] for tick in ticks]
    matrix.set_yticks(ticks, shown, fontsize=8)
    channels.set_yticks(range(codes.shape[1]), [str(k) for k in range(codes.shape[1])], fontsize=8)
    channels.set_ylabel("channel", fontsize=9)
    for axis in (matrix, channels):
        axis.set_xticks(ticks, shown, rotation=40, ha="right", fontsize=8)
    picture.colorbar(alike, ax=matrix, shrink=0.85).set_label("1 equal, 0 furthest apart", fontsize=8)
    picture.colorbar(loud, ax=channels, shrink=0.85).set_label("code", fontsize=8)
    canvas.entitle(picture, title, "Left: how alike the codes of two values are. Right: the codes themselves.")
    return canvas.saved(picture, path)


def gallery(matrices: Mapping[str, Float64], path: Path) -> Path:
    """Draw one small similarity matrix for each name as a PNG; returns its path. Raises MissingPartError, OSError."""
    across = min(GALLERY_COLUMNS, len(matrices))
    down = -(-len(matrices) // across)
    picture = canvas.sheet(1.45 * across, 1.6 * down + 0.7)
    for place, (name, matrix) in enumerate(matrices.items(), 1):
        axis = picture.add_subplot(down, across, place)
        axis.imshow(matrix, cmap="viridis", vmin=0.0, vmax=1.0, interpolation="nearest")
        axis.set_title(name, fontsize=8)
        axis.set_xticks([])
        axis.set_yticks([])
    canvas.entitle(
        picture,
        "What each encoder takes for near",
        "Values over a range along both sides: yellow where the codes of two are equal, dark where furthest apart.",
    )
    return canvas.saved(picture, path)
