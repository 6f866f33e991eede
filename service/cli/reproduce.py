"""`plastream reproduce`: a whole experiment, every arm with several seeds, and what they come to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import interrupts, options
from service.cli.evaluate import with_error
from service.cli.terminal import Output, Terminal, table, terminal_of
from service.cli.train import Data, Quick, TaskName, watched

if TYPE_CHECKING:
    from plastic_core.train.learner import Plan
    from service.training.reproduction import Outcome, Trial

FOLDER = Path("plastream-train") / "experiments"


def reproduce(
    context: typer.Context,
    task: TaskName,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each arm, with seeds 0, 1, 2, ...")] = 3,
    arms: Annotated[list[str] | None, typer.Option("--arm", help="Only this arm; may be repeated.")] = None,
    quick: Quick = False,
    data: Data = None,
    out: Annotated[Path | None, typer.Option(help="Folder of all runs.")] = None,
    sets: options.Sets = None,
    episodes: Annotated[int, typer.Option(min=2, help="Unseen episodes on which each run is measured.")] = 200,
    output: options.Form = Output.TABLE,
) -> None:
    """Train every arm of an experiment with several seeds, beside what was published.

    Started again, it goes on where it was; started twice at once, both share the runs between them.
    """
    from service.errors import ExitCode
    from service.training.failures import sorted_out
    from service.training.reproduction import trials

    terminal, out = terminal_of(context), out or FOLDER / "-".join([task, *["quick"] * quick])
    plans = _plans(task, arms, seeds, quick, data, options.parsed(sets or []))
    every = list(trials(plans, out))
    with interrupts.stop_request() as stop:
        ready = list(_trained(every, lambda: stop.requested, terminal))
    if stop.requested:
        terminal.say("stopped and saved; the same command goes on from there")
        raise typer.Exit(ExitCode.INTERRUPTED if stop.by_keyboard else ExitCode.OK)
    with sorted_out():
        found = _outcomes(ready, data, episodes)
        _tell(task, out, ready, found, terminal, output)


def _plans(
    task: str, arms: list[str] | None, seeds: int, quick: bool, data: Path | None, sets: dict[str, Any]
) -> dict[str, list[Plan]]:
    """Arm -> one plan a seed. Raises UsageError, ConfigError."""
    from service.training.plan import Wish, read_plan, task_named

    chosen = arms or list(task_named(task).arms)
    return {
        arm: [read_plan(task, None, sets, {"train.seed": seed}, Wish(arm, quick, data)) for seed in range(seeds)]
        for arm in chosen
    }


def _trained(every: Sequence[Trial], stop: Callable[[], bool], terminal: Terminal) -> Iterator[Trial]:
    """Train one run after the other; gives those that are complete."""
    from plastic_core.train import loop
    from plastic_core.train.keeping import RunBusy
    from service.errors import UsageError

    for number, trial in enumerate(every, 1):
        name = f"{number}/{len(every)} {trial.arm} seed {trial.seed}"
        run = loop.train(trial.plan, trial.folder, clock=time.monotonic, stop=stop)
        try:
            ended = watched(trial.plan, run, terminal, name)
        except UsageError as error:
            if not isinstance(error.__cause__, RunBusy):
                raise
            terminal.say(f"{name}: another process trains it; run the command again when that is done")
            continue
        if ended.complete:
            yield trial
        if stop():
            return


def _outcomes(ready: Sequence[Trial], data: Path | None, episodes: int) -> dict[str, list[Outcome]]:
    from service.training.reproduction import outcome

    found: dict[str, list[Outcome]] = {trial.arm: [] for trial in ready}
    for trial in ready:
        found[trial.arm].append(outcome(trial, data, episodes))
    return found


def _tell(
    task: str,
    out: Path,
    ready: Sequence[Trial],
    found: Mapping[str, Sequence[Outcome]],
    terminal: Terminal,
    output: Output,
) -> None:
    """Table, results.json, picture. Raises UsageError where no run is complete, OSError."""
    import orjson

    from service.errors import MissingPartError, UsageError
    from service.training import comparison
    from service.training.plan import task_named
    from service.training.reproduction import CURVES, RESULTS, content, curve

    if not ready:
        raise UsageError(f"no run in {out} is complete yet: another process trains them")
    kind = task_named(task)
    told = content(task, kind.published, [metric.name for metric in kind.metrics], found)
    (out / RESULTS).write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    terminal.data(told, output, _table(told, kind.metrics))
    terminal.say(f"published: {kind.published}")
    curves = {arm: [curve(trial) for trial in ready if trial.arm == arm] for arm in found}
    try:
        terminal.say(f"curves: {comparison.draw(out / CURVES, f'plastream reproduce {task}', curves, kind.metrics[0])}")
    except MissingPartError as error:
        terminal.say(str(error))


def _table(told: Mapping[str, Any], metrics: Sequence[Any]) -> Any:
    names = [metric.name for metric in metrics]
    rows = [
        (
            arm,
            f"{figures['parameters']:,}",
            *(with_error(figures["mean"][name], figures["spread"][name]) for name in names),
            f"{max(run['episodes'] for run in figures['runs']):,}",
            f"{sum(run['seconds'] for run in figures['runs']) / len(figures['runs']):,.0f}",
        )
        for arm, figures in told["arms"].items()
    ]
    heads = [f"{metric.name} ({metric.better} is better)" for metric in metrics]
    return table(("arm", "parameters", *heads, "episodes", "seconds a run"), rows)
