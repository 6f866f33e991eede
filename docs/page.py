"""A page made by the script that it shows: text, code, what the code prints and draws, in the script's own order.

The script is cut into cells as notebooks are: `# %%` begins code, `# %% [markdown]` text in comments,
`# %% tags=["hide-input"]` code that is run and not shown. In text, `{name:format}` stands for a fact told to the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from inspect import currentframe
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

mpl.use("Agg")

STYLE: dict[str, Any] = {
    "figure.dpi": 110,
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
}
mpl.rcParams.update(STYLE)
FACT = re.compile(r"\{(\w+)(:[^}]*)?\}")


@dataclass
class Page:
    """What a script shows of itself; the figures go into a folder of the page's name beside it."""

    script: Path
    folder: Path
    """Where <script's name>.md and the folder of figures are written."""
    facts: dict[str, Any] = field(default_factory=dict)
    shown: list[tuple[int, str]] = field(default_factory=list)
    """Line of the script, and the Markdown that belongs there."""

    def say(self, text: str) -> None:
        """Print text, and show it below the cell that says it."""
        print(text)
        self.shown.append((_line(), text))

    def figure(self, figure: Figure, name: str, caption: str) -> None:
        """Draw a figure below the cell that makes it; the caption may hold facts."""
        figures = self.folder / self.script.stem
        figures.mkdir(parents=True, exist_ok=True)
        figure.savefig(figures / f"{name}.png", metadata={"Software": None})
        self.shown.append((_line(), f"![{caption}]({self.script.stem}/{name}.png)"))

    def write(self) -> Path:
        """Write the page. Raises KeyError for a fact that nobody told."""
        lines = self.script.read_text().splitlines()
        heads = [number for number, line in enumerate(lines, 1) if line.startswith("# %%")] + [len(lines) + 1]
        parts: list[str] = []
        for head, end in pairwise(heads):
            body = lines[head : end - 1]
            if "[markdown]" in lines[head - 1]:
                parts.append("\n".join(line.removeprefix("#").removeprefix(" ") for line in body).strip())
            elif "hide-input" not in lines[head - 1]:
                parts.append("```python\n" + "\n".join(body).strip() + "\n```")
            here = [text for line, text in self.shown if head <= line < end]
            said = [text for text in here if not text.startswith("![")]
            parts += ["```text\n" + "\n".join(said) + "\n```"] if said else []
            parts += [text for text in here if text.startswith("![")]
        page = self.folder / f"{self.script.stem}.md"
        page.write_text("\n\n".join(self._told(part) for part in parts if part) + "\n")
        return page

    def _told(self, part: str) -> str:
        """Text with its facts; code stays as it is."""
        if part.startswith("```"):
            return part
        return FACT.sub(lambda found: format(self.facts[found[1]], (found[2] or ":")[1:]), part)


def _line() -> int:
    """The line of the script that called the page."""
    frame = currentframe()
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    while frame is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    return frame.f_lineno if frame is not None else 0
