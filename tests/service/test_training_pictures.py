"""Pictures of what a model does, and of arms side by side."""

from __future__ import annotations

import struct
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from plastic_core.tasks.contract import Metric
from plastic_core.tasks.exhibit import Exhibit, Line, Lines, Pictures
from service import canvas
from service.errors import MissingPartError
from service.training import comparison, exhibit
from service.training.comparison import Curve, band, caption

WRONG = Metric("wrong", "lower", "share of wrong bits")
NAN = float("nan")


def size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG in pixels."""
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def grid(rows: int = 3, columns: int = 4, height: int = 8, width: int = 8) -> Pictures:
    images = np.random.default_rng(0).uniform(-1, 1, (rows, columns, height, width)).astype(np.float32)
    return Pictures("Noise", tuple(f"column {number}" for number in range(columns)), images)


def learning(scale: float = 1.0, points: int = 12) -> Curve:
    x = np.linspace(0, 500 * (points - 1), points, dtype=np.float64)
    return x, (scale * np.exp(-x / 2000)).astype(np.float64)


@pytest.mark.slow
def test_a_grid_grows_with_its_rows(tmp_path: Path) -> None:
    few = size(exhibit.draw(grid(rows=2), tmp_path / "new" / "few.png", "held-out episodes"))
    many = size(exhibit.draw(grid(rows=4), tmp_path / "many.png", "held-out episodes"))
    assert few[0] == many[0] == 4 * exhibit.CELL * canvas.DPI
    assert many[1] - few[1] == pytest.approx(2 * exhibit.CELL * canvas.DPI, abs=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "shown",
    [
        grid(1, 1),
        grid(0, 3),
        grid(2, 15),
        grid(2, 2, 1, 30),
        grid(2, 2, 30, 1),
        Pictures("Nothing", ("a",), np.full((1, 1, 4, 4), np.nan, np.float32)),
        Pictures("Out of range", ("a",), np.array([[[[-7, np.inf], [9, -np.inf]]]], np.float32)),
        Lines("No lines", "tick", "reward", {}),
        Lines("One point", "tick", "reward", {"a": Line(np.ones(1), np.ones(1))}),
        Lines("No points", "tick", "reward", {"a": Line(np.zeros(0), np.zeros(0))}),
        Lines("No numbers", "tick", "reward", {"a": Line(np.arange(3.0), np.full(3, NAN))}),
        Lines("$1 and_an ^odd {title", "%", "\\", {"_a": Line(np.arange(3.0), np.array([NAN, 1, np.inf]))}),
        Lines("Many", "tick", "reward", {str(k): Line(np.arange(9.0), np.full(9, k % 3.0)) for k in range(22)}),
    ],
)
def test_whatever_is_shown_can_be_drawn(tmp_path: Path, shown: Exhibit) -> None:
    width, height = size(exhibit.draw(shown, tmp_path / "shown.png"))
    assert 400 <= width <= 1300
    assert 100 <= height <= 1300


def test_nothing_there_has_a_color_of_its_own(tmp_path: Path) -> None:
    from matplotlib.image import imread

    def colored(images: np.ndarray, name: str) -> int:
        pixels = imread(exhibit.draw(Pictures("", ("",), images), tmp_path / name))[..., :3]
        return int((np.ptp(pixels, axis=-1) > 0.1).sum())

    whole = np.zeros((1, 1, 2, 2), np.float32)
    assert colored(whole, "whole.png") == 0
    whole[..., 0] = np.nan
    assert colored(whole, "half.png") > 1000


@pytest.mark.slow
@pytest.mark.parametrize(
    "curves",
    [
        {},
        {"plastic": []},
        {"plastic": [learning()]},
        {"plastic": [learning(points=1)], "rnn": [learning(points=1), learning(2, points=1)]},
        {"plastic": [(np.zeros(0), np.zeros(0))], "rnn": [learning()]},
        {"plastic": [(np.arange(3.0), np.full(3, NAN))], "rnn": [(np.arange(3.0), np.array([1, NAN, -3]))]},
        {"plastic": [learning(), (np.array([9e9]), np.array([1.0]))]},
        {str(k): [learning(k), learning(-k)] for k in range(9)},
    ],
)
def test_any_curves_can_be_compared(tmp_path: Path, curves: dict[str, list[Curve]]) -> None:
    path = comparison.draw(tmp_path / "new" / "curves.png", "compared", curves, WRONG, {"chance": 0.5, "paper": 0.01})
    assert size(path) == (9 * canvas.DPI, 5.4 * canvas.DPI)


def test_a_band_covers_what_all_seeds_lived_through() -> None:
    longer, shorter = (np.array([0.0, 10, 20, 30]), np.array([4.0, 2, 1, 0])), (np.array([0.0, 20]), np.array([2.0, 3]))
    found = band([longer, shorter, (np.array([5.0]), np.array([NAN]))])
    assert found.seeds == 2
    assert found.x.tolist() == [0, 10, 20]
    assert found.mean.tolist() == [3, 2.25, 2]
    assert found.lowest.tolist() == [2, 2, 1]
    assert found.highest.tolist() == [4, 2.5, 3]


def test_the_caption_says_what_the_band_is() -> None:
    assert caption(WRONG, {"a": band([learning(), learning(2)])}).endswith(
        " Held-out episodes, mean of 2 seeds, band from lowest to highest."
    )
    assert caption(WRONG, {"a": band([learning()])}) == "wrong: share of wrong bits. Held-out episodes, one seed."


@pytest.mark.parametrize(
    "wished", [[], [0.5], [0.5] * 5, [0, 0, 0, 1, 1], [0.9, 0.1, 0.88], [-3, 9], [0.3, 0.34, 0.38, 0.1]]
)
def test_labels_keep_their_distance_and_their_order(wished: list[float]) -> None:
    heights = canvas.spaced(wished)
    assert all(-1e-9 <= height <= 1 + 1e-9 for height in heights)
    ordered = [height for _, height in sorted(zip(wished, heights, strict=True))]
    assert all(above - below >= canvas.GAP - 1e-9 for below, above in pairwise(ordered))


def test_labels_with_room_stay_where_they_belong() -> None:
    assert canvas.spaced([0.9, 0.1, 0.5]) == [0.9, 0.1, 0.5]


def test_without_matplotlib_one_line_tells_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    with pytest.raises(MissingPartError, match=r"pip install .*plastream\[plot\]"):
        exhibit.draw(grid(), tmp_path / "shown.png")
    with pytest.raises(MissingPartError, match=r"pip install .*plastream\[plot\]"):
        comparison.draw(tmp_path / "curves.png", "compared", {}, WRONG)
