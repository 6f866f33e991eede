"""`plastream eval`: how well a trained network does on episodes that it was never trained on, in figures and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from service.cli import options
from service.cli.terminal import Output, Terminal, table, terminal_of
from service.cli.train import ArmName, Data, TaskName

if TYPE_CHECKING:
    from plastic_core.train.evaluation import Figures
    from plastic_core.train.learner import Learner, Plan, Progress

SHIPPED = "shipped"


@dataclass(frozen=True)
class Evaluated:
    """A trained network and its figures."""

    path: Path
    plan: Plan
    learner: Learner
    progress: Progress
    figures: Figures
    seed: int

    @property
    def count(self) -> int:
        """How many held-out episodes."""
        return len(next(iter(self.figures.values())))


def evaluate(
    context: typer.Context,
    task: TaskName,
    checkpoint: Annotated[
        str, typer.Option(help="A checkpoint, a run's folder (its best one), or the one that comes with plastream.")
    ] = SHIPPED,
    arm: ArmName = None,
    data: Data = None,
    episodes: Annotated[int | None, typer.Option(min=1, help="Held-out episodes; as in training by default.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the held-out episodes; as in training by default.")
    ] = None,
    runs: Annotated[
        Path | None, typer.Option(help="omniglot: score the official one-shot runs in this folder instead.")
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="Where the picture goes; plastream-TASK.png by default.")] = None,
    ship: Annotated[
        Path | None, typer.Option(help="Also write the network, without its optimizer, into this new folder.")
    ] = None,
    output: options.Form = Output.TABLE,
) -> None:
    """Measure a trained network on held-out episodes, and draw what it does."""
    from service.errors import UsageError
    from service.training.failures import sorted_out

    if ship is not None and ship.exists():
        raise UsageError(f"{ship} exists already: choose another folder for --ship, or remove it")
    terminal = terminal_of(context)
    if runs is not None and task != "omniglot":
        raise UsageError(f"--runs is Omniglot's official test; {task} has none")
    if runs is not None and ship is not None:
        raise UsageError("--ship writes held-out figures beside the network: leave out --runs")
    with sorted_out():
        if runs is not None:
            _, plan, learner, _ = _trained(task, checkpoint, arm, data)
            _score(plan, learner, runs, terminal, output)
            return
        found = _evaluated(task, checkpoint, arm, data, episodes, seed)
        terminal.data(content(found), output, _table(found))
        _draw(found, picture or Path(f"plastream-{task}.png"), terminal)
        if ship is not None:
            _ship(found, ship, terminal)


def _evaluated(
    task: str, checkpoint: str, arm: str | None, data: Path | None, episodes: int | None, seed: int | None
) -> Evaluated:
    """Raises as `_trained`."""
    from plastic_core.train import evaluation

    path, plan, learner, progress = _trained(task, checkpoint, arm, data)
    figures = evaluation.each(plan, learner, episodes, seed)
    return Evaluated(path, plan, learner, progress, figures, evaluation.held_out(plan, seed).seed)


def _trained(task: str, checkpoint: str, arm: str | None, data: Path | None) -> tuple[Path, Plan, Learner, Progress]:
    """Raises UsageError, and what `loading.load` raises."""
    from plastic_core.train import loading
    from service.errors import UsageError
    from service.training.plan import arm_named, task_named

    kind = task_named(task)
    wished = arm and arm_named(task, kind, arm)
    path = _shipped(task, kind, arm) if checkpoint == SHIPPED else Path(checkpoint)
    try:
        path = loading.found_at(path)  # once: a run that goes on meanwhile may find a better one
        plan, learner, progress = loading.load(path, data)
    except FileNotFoundError:
        raise UsageError(f"{checkpoint} holds no checkpoint: name one, or the --out of a run") from None
    if plan.name != task:
        raise UsageError(f"{checkpoint} was trained on {plan.name}, not on {task}")
    if wished and plan.arm not in (None, wished):
        raise UsageError(f"{checkpoint} is of the arm {plan.arm}, not {wished}: leave out --arm")
    return path, plan, learner, progress


def _score(plan: Plan, learner: Learner, place: Path, terminal: Terminal, output: Output) -> None:
    """Errors of Omniglot's official runs. Raises UsageError for a network that is not to be scored, as runs.score."""
    from plastic_core.tasks.omniglot.runs import WAYS, score
    from service.errors import UsageError

    task, model = cast("Any", plan.task), cast("Any", learner.model)
    if task.source == "omniglot" and task.split == "characters":
        raise UsageError("this network was trained on characters of the evaluation set, from which the runs are taken")
    if task.ways != WAYS:
        raise UsageError(f"the official runs are {WAYS}-way, this network is {task.ways}-way: see --arm twenty_way")
    errors = score(model, place)
    mean = sum(errors.values()) / len(errors)
    rows = [(name, f"{error:.0%}") for name, error in errors.items()]
    terminal.data({"runs": errors, "mean": mean}, output, table(("run", "wrong"), [*rows, ("mean", f"{mean:.1%}")]))


def _shipped(task: str, kind: Any, arm: str | None) -> Path:
    """Where the shipped checkpoint is. Raises UsageError."""
    from plastic_core import shipped
    from service.errors import UsageError
    from service.training.plan import arm_named

    arm, there = arm_named(task, kind, arm), shipped.arms(task)
    if arm not in there:
        raise UsageError(
            f"no trained {arm} of {task} comes with plastream; there are: {', '.join(there) or 'none'}:"
            f" train it with plastream train {task}, and name its folder with --checkpoint"
        )
    return shipped.place(task, arm)


def content(found: Evaluated) -> dict[str, Any]:
    """The figures, as JSON values."""
    from plastic_core.train.evaluation import means, standard_errors

    return {
        "task": found.plan.name,
        "arm": found.plan.arm,
        "trained_episodes": found.progress.episode,
        "trained_seconds": round(found.progress.seconds, 1),
        "episodes": found.count,
        "seed": found.seed,
        "metrics": means(found.figures),
        "standard_errors": standard_errors(found.figures),
    }


def _table(found: Evaluated) -> Any:
    told = content(found)
    rows = [
        (
            metric.name,
            with_error(told["metrics"][metric.name], told["standard_errors"][metric.name]),
            metric.better,
            metric.meaning,
        )
        for metric in found.plan.task.metrics
    ]
    return table(("metric", "mean ± standard error", "better", "meaning"), rows)


def with_error(mean: float, error: float | None) -> str:
    """A figure as people read it.

    >>> with_error(0.5, 0.01)
    '0.5 ± 0.01'
    """
    return f"{mean:.4g}" if error is None else f"{mean:.4g} ± {error:.2g}"


def _draw(found: Evaluated, path: Path, terminal: Terminal) -> None:
    """The picture, where matplotlib is there."""
    from plastic_core.train.evaluation import exhibit
    from service.errors import MissingPartError
    from service.training.exhibit import draw

    subtitle = f"{found.plan.arm or found.plan.name}, {found.progress.episode:,} training episodes, held-out episodes"
    try:
        terminal.say(f"picture: {draw(exhibit(found.plan, found.learner, found.seed), path, subtitle)}")
    except MissingPartError as error:
        terminal.say(str(error))


def _ship(found: Evaluated, folder: Path, terminal: Terminal) -> None:
    """Raises OSError."""
    from plastic_core.train import keeping

    terminal.say(f"written: {keeping.ship(found.path, content(found), folder)}")
