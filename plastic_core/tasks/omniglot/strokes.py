"""Glyphs without any data: a few random curves each, drawn again and again by an unsteady hand.

Letters: W glyphs, n drawings of each, S = side in pixels, P points of a glyph's curves.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

STROKES, POINTS = 3, 16
"""Curves of a glyph, and points along each."""
REACH = 0.75
"""Control points lie within so much of half the side from the middle."""
UNSTEADY, SLANT = 0.07, 0.08
"""Standard deviations: of each control point in each drawing, and of the numbers of its affine map."""
PEN = 0.055
"""Width of the pen, of half the side."""


def glyphs(generator: np.random.Generator, count: int, drawings: int, side: int) -> Float32:
    """[W, n, S, S], ink 1 and paper 0, of W = count new glyphs."""
    controls = generator.uniform(-REACH, REACH, (count, 1, STROKES, 3, 2))
    hands = controls + generator.normal(0, UNSTEADY, (count, drawings, STROKES, 3, 2))
    slants = np.eye(2) + generator.normal(0, SLANT, (count, drawings, 1, 2, 2))
    moves = generator.normal(0, SLANT, (count, drawings, 1, 1, 2))
    curves = _curves(hands) @ slants + moves
    return _inked(curves.reshape(count, drawings, STROKES * POINTS, 2), side)


def _curves(controls: Float64) -> Float64:
    """Quadratic Bezier curves: [..., 3, 2] -> [..., POINTS, 2]."""
    along = np.linspace(0, 1, POINTS)
    shares = np.stack([(1 - along) ** 2, 2 * along * (1 - along), along**2], 1)
    return shares @ controls


def _inked(points: Float64, side: int) -> Float32:
    """[..., P, 2] -> [..., S, S]: the ink of round dabs runs together and never exceeds 1."""
    pixels = (np.arange(side) * 2 + 1) / side - 1
    across, down = (np.exp(-(((points[..., axis, None] - pixels) / PEN) ** 2) / 2) for axis in (0, 1))
    ink = np.swapaxes(down, -1, -2) @ across
    return (1 - np.exp(-2 * ink)).astype(np.float32)
