"""The training loop: `step` is one batch, `train` a whole run that tells what happens and leaves the screen to others.

A run is a function of its plan. Killed at any moment and started again, it goes on from the newest checkpoint and ends
with the same bytes of model and optimizer as a calm run on the same machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import torch

from plastic_core.tasks.contract import Source
from plastic_core.trace.catalogue import TRACINGS
from plastic_core.trace.contract import Tracing
from plastic_core.train import provenance
from plastic_core.train.events import Begun, Ended, Event, Stepped
from plastic_core.train.keeping import Keeper, held, resumed
from plastic_core.train.learner import Learner, Plan, Progress, Taken, trained
from plastic_core.train.log import open_logs
from plastic_core.train.schedule import learning_rate
from plastic_core.train.team import Alone, Team, share


class Diverged(Exception):
    """Several steps in a row had no finite loss or gradient; the message says what to do."""


def step(plan: Plan, learner: Learner, progress: Progress, tracing: Tracing, team: Team) -> Taken:
    """Live through the next batch and move the learner's weights, which are changed in place."""
    settings, weights = plan.settings, trained(learner.model).values()
    numbers = range(progress.episode, progress.episode + settings.batch)
    batch = plan.task.episodes(Source(settings.seed), share(numbers, team))
    learner.optimizer.zero_grad(set_to_none=True)
    loss = plan.task.loss(learner.model, batch, tracing).mean()
    cast(Any, loss).backward()  # torch says too little of its types
    mean = loss.detach().clone()
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    team.average([mean, *gradients])
    norm = torch.nn.utils.get_total_norm(gradients)
    taken = Taken(
        loss=mean.item(),
        grad_norm=norm.item(),
        learning_rate=learning_rate(settings, progress.step),
        skipped=not (math.isfinite(mean.item()) and math.isfinite(norm.item())),
    )
    if not taken.skipped:
        if settings.clip_norm is not None:
            torch.nn.utils.clip_grads_with_norm_(weights, settings.clip_norm, norm)
        for group in learner.optimizer.param_groups:
            group["lr"] = taken.learning_rate
        cast(Any, learner.optimizer).step()
    return taken


def train(
    plan: Plan,
    folder: Path,
    *,
    clock: Callable[[], float],
    stop: Callable[[], bool] = lambda: False,
    team: Team | None = None,
    tensorboard: bool = False,
) -> Iterator[Event]:
    """Train until the plan is done or `stop` says so, and tell what happens; goes on from what `folder` holds.

    clock: seconds. stop is asked after each step; then the run is saved and ends. Of a team, everybody calls this, and
    number 0 alone evaluates, saves and writes; the folder must be the same for all.

    Raises CheckpointUnusable, Diverged, NoTensorBoard, RunBusy, TeamLost, OSError, KeyError for an unknown tracing,
    TracingUnfit for one that does not fit the rule, what the task's data raise,
    ValueError for a batch that does not divide among the team or a network that cannot be made.
    """
    team = team or Alone()
    torch.set_num_threads(plan.settings.threads)
    learner = Learner.new(plan)
    if team.rank > 0:
        progress, _ = resumed(plan, learner, folder)
        yield from _lived(plan, learner, progress, team, clock, stop, None)
        return
    metrics = [metric.name for metric in plan.task.metrics]
    with held(folder):
        progress, torn = resumed(plan, learner, folder)
        with closing(open_logs(folder, metrics, progress, tensorboard)) as logs:
            yield Begun(progress.episode, plan.settings.steps * plan.settings.batch, learner.size, torn)
            keeper = Keeper(plan, learner, folder, logs, provenance.commit())
            yield from _lived(plan, learner, progress, team, clock, stop, keeper)


def _lived(
    plan: Plan,
    learner: Learner,
    progress: Progress,
    team: Team,
    clock: Callable[[], float],
    stop: Callable[[], bool],
    keeper: Keeper | None,
) -> Iterator[Event]:
    """The run from `progress` on; only with a keeper anything is kept."""
    settings, tracing = plan.settings, TRACINGS[plan.settings.tracing]
    started = clock() - progress.seconds
    stopped, path = False, None
    if keeper and progress.step == 0:
        keeper.begin()
        progress, told = keeper.evaluated(progress)
        yield keeper.noted(told)
    while progress.step < settings.steps and not stopped:
        taken = step(plan, learner, progress, tracing, team)
        before, progress = progress, progress.after(taken, settings.batch, clock() - started)
        told = stepped(progress, taken)
        yield keeper.noted(told) if keeper else told
        if progress.bad_in_a_row >= settings.bad_steps:
            raise Diverged(_divergence(progress))
        stopped = team.any(stop())
        if keeper is None:
            continue
        done = progress.step == settings.steps
        if done or _passed(settings.evaluate_every, before, progress):
            progress, told = keeper.evaluated(progress)
            yield keeper.noted(told)
        if done or stopped or _passed(settings.save_every, before, progress):
            saved = keeper.saved(progress)
            path = saved.path
            yield saved
    yield ended(progress, complete=progress.step >= settings.steps, path=path)


def stepped(progress: Progress, taken: Taken) -> Stepped:
    """A step as an event; progress: after it."""
    return Stepped(
        step=progress.step - 1,
        episode=progress.episode,
        loss=taken.loss,
        grad_norm=taken.grad_norm,
        learning_rate=taken.learning_rate,
        seconds=progress.seconds,
        skipped=taken.skipped,
    )


def ended(progress: Progress, complete: bool, path: Path | None) -> Ended:
    """The last event."""
    return Ended(
        episode=progress.episode,
        step=progress.step,
        complete=complete,
        skipped=progress.skipped,
        seconds=progress.seconds,
        metrics=progress.metrics,
        best_episode=progress.best_episode,
        best=progress.best,
        path=path,
    )


def _passed(every: int, before: Progress, after: Progress) -> bool:
    """Whether a multiple of `every` episodes lies between."""
    return after.episode // every > before.episode // every


def _divergence(progress: Progress) -> str:
    return (
        f"{progress.bad_in_a_row} steps in a row had no finite loss or gradient, up to episode {progress.episode}; the"
        " checkpoints before are kept: set a lower train.learning_rate or a train.clip_norm, in another folder"
    )
