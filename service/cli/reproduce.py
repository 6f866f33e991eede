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
    from plastic_core.tasks.contract import Metric
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
    every = list(trials(plans, options.made(out, "--out")))
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
    from service.errors import UsageError
    from service.training.plan import Wish, read_plan, task_named

    if "train.seed" in sets:
        raise UsageError("the runs' seeds are 0, 1, 2, ...: leave out --set train.seed, or use plastream train")
    chosen = arms or list(task_named(task).arms)
    return {
        arm: [read_plan(task, None, sets, {"train.seed": seed}, Wish(arm, quick, data)) for seed in range(seeds)]
        for arm in chosen
    }


def _trained(every: Sequence[Trial], stop: Callable[[], bool], terminal: Terminal) -> Iterator[Trial]:
    """Train one run after the other; gives those that are complete."""
    from plastic_core.train import loop
    from plastic_core.train.keeping import RunBusy
    from plastic_core.train.loop import Diverged
    from service.errors import ActionError, UsageError

    for number, trial in enumerate(every, 1):
        name = f"{number}/{len(every)} {trial.arm} seed {trial.seed}"
        run = loop.train(trial.plan, trial.folder, clock=time.monotonic, stop=stop)
        try:
            ended = watched(trial.plan, run, terminal, name)
        except (ActionError, UsageError) as error:
            match error.__cause__:
                case RunBusy():
                    terminal.say(f"{name}: another process trains it; run the command again when that is done")
                case Diverged():
                    terminal.say(f"{name}: {error}", style="bold red")
                case _:
                    raise
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
    from service.errors import MissingPartError, UsageError
    from service.training import comparison
    from service.training.plan import task_named
    from service.training.reproduction import CURVES, content, curve, write

    if not ready:
        raise UsageError(f"no run in {out} is complete yet: see above")
    kind = task_named(task)
    told = content(task, kind.published, [metric.name for metric in kind.metrics], found)
    write(told, out)
    terminal.data(told, output, _table(told, kind.metrics))
    terminal.say(f"published: {kind.published}")
    curves = {arm: [curve(trial) for trial in ready if trial.arm == arm] for arm in found}
    first, title = kind.metrics[0], f"plastream reproduce {task}"
    references = {} if first.guessing is None else {"guessing": first.guessing}
    try:
        terminal.say(f"curves: {comparison.draw(out / CURVES, title, curves, first, references)}")
    except MissingPartError as error:
        terminal.say(str(error))


def _table(told: Mapping[str, Any], metrics: Sequence[Metric]) -> Any:
    """One column an arm."""
    arms: list[Any] = list(told["arms"].values())
    rows = [
        (
            f"{metric.name}, {metric.better}",
            *(with_error(arm["mean"][metric.name], arm["spread"][metric.name]) for arm in arms),
        )
        for metric in metrics
    ]
    rows += [
        ("trained numbers", *(f"{arm['parameters']:,}" for arm in arms)),
        ("runs", *(str(len(arm["runs"])) for arm in arms)),
        ("best after episodes", *(f"{_mean(arm, 'episodes'):,.0f}" for arm in arms)),
        ("seconds until then", *(f"{_mean(arm, 'seconds'):,.0f}" for arm in arms)),
    ]
    return table(("mean ± deviation over seeds", *told["arms"]), rows)


def _mean(arm: Mapping[str, Any], figure: str) -> float:
    return sum(run[figure] for run in arm["runs"]) / len(arm["runs"])
