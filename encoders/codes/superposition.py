"""Directions laid over each other, and which of those known make up a given sum.

Finding them is a search: beside the best sum of so many directions a few others are kept, for what fits best now may
not be part of the whole (beam search). Every loop adds channel by channel, since numpy's own sums may change their
order with the batch.

Letters: B rows, S known directions, W channels, K sums kept.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from encoders.contract import Bool, Float64

KEPT = 8
"""Sums kept at each step."""
MOST = 8
"""Directions in a sum that is looked for."""

_DRAWN = 3 * KEPT
"""Sums looked at for KEPT different ones: each comes once for every order in which it can be built."""
_ROWS = 256
"""Rows searched at once; more only need more memory."""
_GAIN = 1e-9
"""A further direction must turn the sum towards the code by more than this."""

_IDLE = 2
"""So many steps without gain end the search."""

Masks = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]


def dot(left: Float64, right: Float64) -> Float64:
    """Inner products along the last axis, of any shapes that numpy can join."""
    total = np.zeros(np.broadcast_shapes(left.shape, right.shape)[:-1])
    for channel in range(left.shape[-1]):
        total = total + left[..., channel] * right[..., channel]
    return total


def parted(codes: Float64, known: Float64, used: Bool) -> Bool:
    """bool[B, S]: the at most MOST directions whose sum points along float64[B, W] best, as far as the search sees.

    known: float64[B, S, W] unit vectors, S at most 32. used: bool[B, S], those that count.
    """
    chosen = np.zeros(used.shape, dtype=np.bool_)
    for start in range(0, len(codes), _ROWS):
        rows = slice(start, start + _ROWS)
        chosen[rows] = _searched(codes[rows], known[rows], used[rows])
    return chosen


def _searched(codes: Float64, known: Float64, used: Bool) -> Bool:
    """See parted. A sum is followed by its products with the code, with itself and with each direction."""
    count, slots = used.shape
    bits = np.left_shift(np.uint32(1), np.arange(slots, dtype=np.uint32))
    alike = dot(known, codes[:, None, :])
    gram = dot(known[:, :, None, :], known[:, None, :, :])
    masks: Masks = np.zeros((count, 1), dtype=np.uint32)
    valid = np.ones((count, 1), dtype=np.bool_)
    along, square, shared = np.zeros((count, 1)), np.zeros((count, 1)), np.zeros((count, 1, slots))
    best, found, idle = np.full(count, -np.inf), np.zeros(count, dtype=np.uint32), np.zeros(count, dtype=np.int64)
    row: Places = np.arange(count, dtype=np.int64)[:, None]
    for _ in range(MOST):
        length = np.sqrt(np.maximum(square[:, :, None] + 2.0 * shared + 1.0, 1e-12))
        scores = (along[:, :, None] + alike[:, None, :]) / length
        free = used[:, None, :] & valid[:, :, None] & ((masks[:, :, None] & bits) == 0)
        scores = np.where(free, scores, -np.inf).reshape(count, -1)
        places = _different(scores, (masks[:, :, None] | bits).reshape(count, -1))
        parent, slot = places // slots, places % slots
        kept = scores[row, places]
        along = along[row, parent] + alike[row, slot]
        square = square[row, parent] + 2.0 * shared[row, parent, slot] + 1.0
        shared = shared[row, parent] + gram[row, slot]
        masks, valid = masks[row, parent] | bits[slot], kept > -np.inf
        better = (kept[:, 0] > best + _GAIN) & (idle < _IDLE)  # a row that is done stays so, whatever others do
        idle = np.where(better, 0, idle + 1)
        best, found = np.where(better, kept[:, 0], best), np.where(better, masks[:, 0], found)
        if (idle >= _IDLE).all():
            break
    return (found[:, None] & bits) != 0


def _different(scores: Float64, masks: Masks) -> Places:
    """int64[B, K]: places of the best scores whose masks differ, best first; what is left over has none."""
    drawn = min(_DRAWN, scores.shape[1])
    places = np.argpartition(-scores, drawn - 1, axis=1)[:, :drawn]
    row: Places = np.arange(len(scores), dtype=np.int64)[:, None]
    places = places[row, np.argsort(-scores[row, places], axis=1, kind="stable")]
    drawn_masks = masks[row, places]
    same: Bool = drawn_masks[:, :, None] == drawn_masks[:, None, :]
    again = np.logical_or.reduce(same & np.tri(drawn, k=-1, dtype=np.bool_), axis=2)
    order = np.argsort(again, axis=1, kind="stable")[:, :KEPT]
    return places[row, order]
