"""The console script: global options, the commands, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Protocol, runtime_checkable

import typer

from service.cli import (
    bench,
    config,
    data,
    demo,
    doctor,
    encoder,
    evaluate,
    record,
    replay,
    reproduce,
    run,
    schema,
    topic,
    train,
)
from service.cli.terminal import Terminal

GLOBAL_FLAGS = ("--quiet", "-q", "--verbose", "-v", "--no-color")

app = typer.Typer(
    name="plastream",
    help="Plastic networks that learn, expect and notice: one private memory per sensor stream.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("run")(run.run)
app.command("doctor")(doctor.doctor)
app.command("train")(train.train)
app.command("eval")(evaluate.evaluate)
app.command("reproduce")(reproduce.reproduce)
app.command("replay")(replay.replay)
app.add_typer(record.app, name="record")
app.add_typer(topic.app, name="topic")
app.add_typer(schema.app, name="schema")
app.add_typer(encoder.app, name="encoder")
app.add_typer(config.app, name="config")
app.add_typer(bench.app, name="bench")
app.add_typer(data.app, name="data")


@runtime_checkable
class Usage(Protocol):
    """What typer's parser raises for a wrong command line; its own class is private to typer."""

    exit_code: int

    def format_message(self) -> str:
        """What is wrong, in one line."""
        ...


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"plastream {version('plastream')}\n")
        raise typer.Exit


@app.callback()
def global_options(
    context: typer.Context,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more; tracebacks with errors.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colors; NO_COLOR=1 does the same.")] = False,
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Options that may stand anywhere on the command line."""
    del show_version
    context.obj = Terminal.open(quiet=quiet, verbose=verbose, color=not no_color)


def hoisted(arguments: Sequence[str]) -> list[str]:
    """Global flags moved to the front, where the parser wants them.

    >>> hoisted(["topic", "list", "--quiet"])
    ['--quiet', 'topic', 'list']
    """
    arguments = list(arguments)
    end = arguments.index("--") if "--" in arguments else len(arguments)
    front = [text for text in arguments[:end] if text in GLOBAL_FLAGS]
    return front + [text for text in arguments[:end] if text not in GLOBAL_FLAGS] + arguments[end:]


def execute(arguments: Sequence[str]) -> int:
    """Run one command line; returns its exit code. Every error ends in one line on stderr."""
    arguments = hoisted(arguments)
    verbose = bool({"--verbose", "-v"} & set(arguments))
    terminal = Terminal.open(verbose=verbose, color="--no-color" not in arguments)
    try:
        code: object = app(args=arguments, prog_name="plastream", standalone_mode=False)
    except BrokenPipeError:  # whoever read our output has gone
        return 1
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  the place where everything ends in one line
        return _ended(error, terminal)
    return code if isinstance(code, int) else 0


def flushed(code: int) -> int:
    """The exit code once stdout has been written out; a code other than 0 has been explained already."""
    try:
        sys.stdout.flush()
    except OSError as error:
        # nobody takes what is left: keep Python from trying, and complaining, once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code or (1 if isinstance(error, BrokenPipeError) else _ended(error, Terminal.open()))
    return code


def _ended(error: BaseException, terminal: Terminal) -> int:
    if isinstance(error, Usage):
        message = " ".join(error.format_message().split())
        if message:
            terminal.fail(f"{message} (see --help)")
        return error.exit_code
    from service.errors import verdict

    found = verdict(error)
    if terminal.verbose:
        terminal.err.print_exception()
    terminal.fail(found.line)
    return int(found.exit_code)


def main() -> None:
    """The console script."""
    sys.exit(flushed(execute(sys.argv[1:])))
