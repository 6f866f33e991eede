from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from encoders.checks import Example


def members_error(given: Any, back: Any) -> float:
    """Share of the members that are on one side alone."""
    left, right = set(given), set(back)
    return len(left ^ right) / max(len(left | right), 1)


SYMBOLS: dict[str, Example] = {
    "set": Example(
        values=st.lists(st.text(max_size=6), max_size=8),
        edges=([], [""], ("b", "a"), {"x", "y"}, ["a", "a"], [f"tag-{k}" for k in range(32)], ["\u00e9" * 16]),
        wrong=("a", 1, True, [1, 2], ["a", None], ["a", ["b"]], ["a", True], [["a"]], [f"m{k}" for k in range(257)]),
        error=members_error,
        understood=lambda value: isinstance(value, list) and not value,
        hoard=lambda step: [f"a{step}", f"b{step}"],
    ),
}
