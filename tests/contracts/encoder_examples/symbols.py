from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from encoders.checks import Example
from encoders.codes import text
from encoders.codes.symbols import cut
from encoders.codes.template import SHOWN_BYTES, template_of


def members_error(given: Any, back: Any) -> float:
    """Share of the members that are on one side alone."""
    left, right = set(given), set(back)
    return len(left ^ right) / max(len(left | right), 1)


def shown_error(given: Any, back: Any) -> float:
    """Whether the start of a text that is shown is another."""
    return 0.0 if cut(given, text.SHOWN_BYTES).decode() == back else 1.0


def template_error(given: Any, back: Any) -> float:
    """Whether the template that is shown is not that of the line."""
    return 0.0 if cut(template_of(given)[0], SHOWN_BYTES).decode() == back else 1.0


SYMBOLS: dict[str, Example] = {
    "set": Example(
        values=st.lists(st.text(max_size=6), max_size=8),
        edges=([], [""], ("b", "a"), {"x", "y"}, ["a", "a"], [f"tag-{k}" for k in range(32)], ["\u00e9" * 16]),
        wrong=("a", 1, True, [1, 2], ["a", None], ["a", ["b"]], ["a", True], [["a"]], [f"m{k}" for k in range(257)]),
        error=members_error,
        understood=lambda value: isinstance(value, list) and not value,
        hoard=lambda step: [f"a{step}", f"b{step}"],
    ),
    "template": Example(
        values=st.text(max_size=30) | st.from_regex(r"(job \d{1,9}|ok|\"x\"|0x1F|1\.5e300 )*", fullmatch=True),
        edges=("", " ", "7", "9" * 500, "-1e999 e", "'" * 5000, "a" * 5000, "1:" * 3000, "\ud800 5", "<num>"),
        wrong=(1, 2.5, True, ["a"]),
        error=template_error,
        hoard=lambda step: f"{chr(0x4E00 + step)} at {step}",
    ),
    "text": Example(
        values=st.text(max_size=90) | st.text("ab ", max_size=6),
        edges=("", " ", "a", "A", "\u00e9" * 32, "x" * 10_000, "\U0001f321" * 16, "a\0", "\ud800"),
        wrong=(1, 2.5, True, ["a"]),
        error=shown_error,
        hoard=lambda step: f"note {step} on something",
    ),
}
