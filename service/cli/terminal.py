"""What the command says: data to stdout, talk to stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

FILE_WIDTH = 120
"""Characters in a line of a table that goes to a file or pipe."""


class Output(StrEnum):
    """Forms of data on stdout."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


@dataclass(frozen=True)
class Terminal:
    """Both channels, and how much is said."""

    out: Console
    err: Console
    quiet: bool = False
    verbose: bool = False

    @classmethod
    def open(cls, *, quiet: bool = False, verbose: bool = False, color: bool = True) -> Terminal:
        """On the process's own stdout and stderr. color False takes away color, not the layout."""
        no_color = None if color else True
        return cls(
            out=Console(no_color=no_color, highlight=False, width=None if sys.stdout.isatty() else FILE_WIDTH),
            err=Console(no_color=no_color, highlight=False, stderr=True),
            quiet=quiet,
            verbose=verbose,
        )

    def say(self, text: str, style: str = "") -> None:
        """One line of talk, unless quiet."""
        if not self.quiet:
            self.err.print(Text(text, style=style), soft_wrap=True)

    def fail(self, text: str) -> None:
        """The one line of an error; said even when quiet."""
        line = Text("plastream: ", style="bold red")
        line.append(text, style="not bold default")
        self.err.print(line, soft_wrap=True)

    def data(self, content: Any, output: Output, table: RenderableType | None = None) -> None:
        """Data in the form that was asked for; without a table, YAML is what people read."""
        if output is Output.TABLE and table is not None:
            self.out.print(table)
        elif output is Output.JSON:
            import orjson

            self.text(orjson.dumps(content, option=orjson.OPT_INDENT_2, default=str).decode())
        else:
            import yaml

            self.text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True).rstrip("\n"))

    def text(self, line: str) -> None:
        """A line of data exactly as it is."""
        self.out.file.write(line + "\n")
        self.out.file.flush()


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """A plain table of text."""
    from rich.box import SIMPLE_HEAD

    built = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        built.add_column(column, overflow="fold")
    for row in rows:
        built.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return built


def terminal_of(context: typer.Context) -> Terminal:
    """The terminal that the global options describe."""
    found: object = context.obj
    return found if isinstance(found, Terminal) else Terminal.open()
