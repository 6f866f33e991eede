"""`plastream eval`: how well a trained network does on episodes that it was never trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli import options
from service.cli.terminal import Output, table, terminal_of
from service.cli.train import TaskName


def evaluate(
    context: typer.Context,
    task: TaskName,
    checkpoint: Annotated[Path, typer.Option(help="A checkpoint, or a run's folder: its best one.")],
    episodes: Annotated[int | None, typer.Option(min=1, help="Held-out episodes; as in training by default.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the held-out episodes; as in training by default.")
    ] = None,
    output: options.Form = Output.TABLE,
) -> None:
    """Measure a checkpoint on held-out episodes."""
    from plastic_core.train import loading
    from plastic_core.train.evaluation import each, means, standard_errors
    from service.errors import UsageError
    from service.training.failures import sorted_out

    terminal = terminal_of(context)
    with sorted_out():
        try:
            plan, learner, progress = loading.load(checkpoint)
        except FileNotFoundError:
            raise UsageError(f"{checkpoint} holds no checkpoint: name one, or the --out of a run") from None
        if plan.name != task:
            raise UsageError(f"{checkpoint} was trained on {plan.name}, not on {task}")
        figures = each(plan, learner, episodes, seed)
    settings, metrics, errors = plan.settings, means(figures), standard_errors(figures)
    content = {
        "task": task,
        "trained_episodes": progress.episode,
        "episodes": episodes or settings.evaluate_episodes,
        "seed": settings.evaluate_seed if seed is None else seed,
        "metrics": metrics,
        "standard_errors": errors,
    }
    rows = [
        (metric.name, _told(metrics[metric.name], errors[metric.name]), metric.better, metric.meaning)
        for metric in plan.task.metrics
    ]
    terminal.data(content, output, table(("metric", "mean ± standard error", "better", "meaning"), rows))


def _told(mean: float, error: float | None) -> str:
    return f"{mean:.4g}" if error is None else f"{mean:.4g} ± {error:.2g}"
