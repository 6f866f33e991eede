"""`plastream train`: slow weights of a task, by gradient through whole episodes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import interrupts, options
from service.cli.terminal import Output, Terminal, table, terminal_of

if TYPE_CHECKING:
    from plastic_core.train.events import Ended, Event
    from plastic_core.train.learner import Plan

FOLDER = Path("plastream-train")

TaskName = Annotated[
    str,
    typer.Argument(metavar="TASK", help="What is to be learned: patterns, images, omniglot, maze, cues or lifelong."),
]
ArmName = Annotated[str | None, typer.Option("--arm", help="Which arm of the experiment; the first one by default.")]
Quick = Annotated[bool, typer.Option("--quick", help="The small version: less than a minute.")]
Data = Annotated[Path | None, typer.Option("--data", help="Folder of the task's data; see plastream data list.")]


def train(
    context: typer.Context,
    task: TaskName,
    arm: ArmName = None,
    quick: Quick = False,
    data: Data = None,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="YAML file: task: and train:.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; plastream-train/TASK by default.")] = None,
    sets: options.Sets = None,
    seed: Annotated[int | None, typer.Option(help="Of first weights and episodes; train.seed.")] = None,
    episodes: Annotated[int | None, typer.Option(help="Episodes in all; train.episodes.")] = None,
    batch: Annotated[int | None, typer.Option(help="Episodes a step, over all workers; train.batch.")] = None,
    resume: Annotated[bool, typer.Option(help="Go on from the newest checkpoint in the folder.")] = True,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share each batch, through Ray.")] = 1,
    ray_address: Annotated[str | None, typer.Option(help="A Ray cluster: auto, or host:port.")] = None,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write TensorBoard's files too.")] = False,
    output: options.Form = Output.TABLE,
) -> None:
    """Train a task's network, save checkpoints, and go on from them when started again.

    Where nothing else is said, it is the full protocol. Settings: --set task.KEY=VALUE for the task's numbers,
    --set train.KEY=VALUE for how it is trained.
    """
    from plastic_core.train import loading
    from service.errors import ExitCode, UsageError
    from service.training.plan import Wish, read_plan

    terminal, out = terminal_of(context), out or FOLDER / "-".join([task, *filter(None, [arm, "quick" * quick])])
    flags = {"train.seed": seed, "train.episodes": episodes, "train.batch": batch}
    plan = read_plan(task, config, options.parsed(sets or []), flags, Wish(arm, quick, data))
    if plan.settings.batch % workers:
        raise UsageError(f"a batch of {plan.settings.batch} does not divide among {workers} workers: see --batch")
    if not resume and (out / loading.CHECKPOINTS).exists():
        raise UsageError(f"{out} holds a run already: leave out --no-resume to go on, or choose another --out")
    options.made(out, "--out")
    with interrupts.stop_request() as stop:
        if workers > 1 or ray_address:
            from service.cluster.training import train_together

            run = train_together(plan, out, workers, ray_address, lambda: stop.requested, stop.arm, tensorboard)
        else:
            run = _alone(plan, out, lambda: stop.requested, tensorboard)
        ended = watched(plan, run, terminal)
    terminal.data(report(plan, ended), output, _table(plan, ended))
    _draw(plan, out, ended, terminal)
    if not ended.complete:
        terminal.say(f"stopped and saved after episode {ended.episode}; the same command goes on from there")
        if stop.by_keyboard:
            raise typer.Exit(ExitCode.INTERRUPTED)


def _alone(plan: Plan, out: Path, stop: Callable[[], bool], tensorboard: bool) -> Iterator[Event]:
    """A run in this process."""
    from plastic_core.train import loop

    return loop.train(plan, out, clock=time.monotonic, stop=stop, tensorboard=tensorboard)


def watched(plan: Plan, run: Iterator[Event], terminal: Terminal, name: str | None = None) -> Ended:
    """Show the run's events until its last one, under a name other than the task's if given."""
    from plastic_core.train.events import Ended
    from service.training.failures import sorted_out
    from service.training.view import View

    shown, last = terminal.err.is_terminal and not terminal.quiet, None
    with sorted_out(), View(name or plan.name, terminal.err, terminal.say, shown) as view:
        for event in run:
            view.show(event)
            last = event
    if not isinstance(last, Ended):
        raise RuntimeError(f"a run whose last word is {last}")
    return last


def report(plan: Plan, ended: Ended) -> dict[str, Any]:
    """How a run ended, as JSON values."""
    return {
        "task": plan.name,
        "episode": ended.episode,
        "step": ended.step,
        "complete": ended.complete,
        "metrics": dict(ended.metrics),
        "best": {"episode": ended.best_episode, plan.task.metrics[0].name: ended.best},
        "skipped_steps": ended.skipped,
        "seconds": round(ended.seconds, 3),
        "checkpoint": None if ended.path is None else str(ended.path),
    }


def _table(plan: Plan, ended: Ended) -> Any:
    best = "" if ended.best is None else f"{ended.best:.4g} after episode {ended.best_episode}"
    rows = [(metric.name, f"{ended.metrics.get(metric.name, float('nan')):.4g}") for metric in plan.task.metrics]
    rows += [
        (f"best {plan.task.metrics[0].name}", best),
        ("episodes", f"{ended.episode:,} in {ended.seconds:,.1f} s"),
        ("skipped steps", str(ended.skipped)),
    ]
    return table(("figure", "value"), rows)


def _draw(plan: Plan, out: Path, ended: Ended, terminal: Terminal) -> None:
    """The learning curve, where matplotlib is there."""
    from service.errors import MissingPartError
    from service.training import curve

    if ended.step == 0:
        return
    try:
        terminal.say(f"curve: {curve.draw(out, f'plastream train {plan.name}, {ended.episode} episodes')}")
    except MissingPartError as error:
        terminal.say(str(error))
