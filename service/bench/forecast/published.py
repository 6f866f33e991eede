"""What papers say of online learners on the given sets, mean squared error in z-scores.

FSNet: Pham et al. 2023, OneNet: Zhang et al. 2023, both with the protocol of `splits`; at more than one step ahead
their code learns from labels before they are known, so only DSOF (Lau et al. 2025), which does not, is given there.
"""

from __future__ import annotations

from service.bench.forecast.splits import GIVEN, Split

MSE: dict[tuple[str, int], dict[str, float]] = {
    ("ETTh2", 1): {"FSNet": 0.466, "OneNet": 0.380, "DSOF": 0.365},
    ("ETTm1", 1): {"DSOF": 0.096},
    ("ETTm1-14400", 1): {"FSNet": 0.085, "OneNet": 0.082},
    ("WTH", 1): {"FSNet": 0.162, "OneNet": 0.156},
    ("ETTh2", 24): {"DSOF": 1.694},
    ("ETTh2", 48): {"DSOF": 2.988},
    ("ETTm1", 24): {"OneNet+DSOF": 0.418},
    ("ETTm1", 48): {"OneNet+DSOF": 0.554},
}
"""Set and horizon -> method -> figure."""


def published(name: str, split: Split, rows: int, horizon: int) -> dict[str, float]:
    """The figures that hold for this set with this split; none for any other."""
    given = GIVEN.get(name)
    return MSE.get((name, horizon), {}) if given is not None and given.split(rows) == split else {}
