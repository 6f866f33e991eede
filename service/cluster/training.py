"""One training run shared by several processes, through Ray Train: each lives through its part of every batch.

Ray Train places the processes and joins them into a torch.distributed group (gloo); what they do is
plastic_core.train.loop, the same as in one process. Process 0 saves into the run's folder, which all processes must
see under the same path: on several machines a shared one.
"""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from service.cluster import remote
from service.cluster.outcome import Outcome
from service.errors import MissingPartError, ServiceFailedError, StopError, UsageError, WaitError, one_line, verdict
from service.training.failures import LOST, sorted_out

if TYPE_CHECKING:
    from plastic_core.train.events import Event
    from plastic_core.train.learner import Plan

POLL_S = 0.1
"""How often the driver asks for news."""
KNOCK_S = 10.0
"""How long a cluster may take to accept a connection."""
SCRATCH = "ray"
"""Folder of Ray Train's own files within the run's; gone at the end."""


@remote.actor()
class Mailbox:
    """Between process 0, which tells what happens, and the driver, which may wish to stop."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._failure: Outcome | None = None
        self._stop = False

    def put(self, event: Event) -> bool:
        """One event; whether the run should stop."""
        self._events.append(event)
        return self._stop

    def fail(self, failure: Outcome) -> None:
        """Why a process gave up; the first one counts."""
        self._failure = self._failure or failure

    def take(self) -> list[Event]:
        """The events since the last call."""
        events, self._events = self._events, []
        return events

    def failure(self) -> Outcome | None:
        """The first one."""
        return self._failure

    def stop(self) -> None:
        """The run is to be saved and to end."""
        self._stop = True


def train_together(
    plan: Plan,
    folder: Path,
    workers: int,
    address: str | None,
    stop: Callable[[], bool],
    rearm: Callable[[], None],
    tensorboard: bool = False,
) -> Iterator[Event]:
    """The events of a run by `workers` processes; see plastic_core.train.loop.train.

    address: of a Ray cluster; None for the one of RAY_ADDRESS, else Ray is started here. rearm: called once Ray has
    taken the signals over. Raises PlastreamError.
    """
    train = ray_train()
    try:
        _knock(address)
        ours = remote.start(address)
    except OSError as error:
        raise WaitError(f"no Ray cluster answers at {address or 'RAY_ADDRESS'}: {one_line(error)}") from None
    except ValueError as error:
        raise UsageError(f"{one_line(error)}: a Ray cluster is auto, or host:port") from None
    rearm()
    scratch = folder.resolve() / SCRATCH
    try:
        if remote.processors() < workers:
            raise UsageError(f"{workers} workers need as many CPUs; the cluster has {remote.processors():g}")
        mailbox = remote.create(Mailbox)
        job = {"plan": plan, "folder": folder.resolve(), "mailbox": mailbox, "tensorboard": tensorboard}
        trainer = train.torch.TorchTrainer(
            _work,
            train_loop_config=job,
            scaling_config=train.ScalingConfig(num_workers=workers, resources_per_worker={"CPU": 1}),
            run_config=train.RunConfig(name="run", storage_path=str(scratch)),
            torch_config=train.torch.TorchConfig(backend="gloo"),
        )
        fitting = _Fitting(trainer.fit)
        yield from _told(fitting, mailbox, stop)
        if fitting.error is not None:
            _raise(fitting.error, remote.answer(mailbox.failure.remote()), train.TrainingFailedError)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if ours:
            remote.stop()


def _knock(address: str | None) -> None:
    """Raise OSError where nobody listens at host:port; Ray itself would try for minutes."""
    host, colon, port = (address or "").rpartition("://")[2].rpartition(":")
    if colon and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), KNOCK_S).close()


def ray_train() -> Any:
    """The package ray.train with its torch part. Raises MissingPartError."""
    try:
        import_module("ray.train.torch")
        return import_module("ray.train")
    except ImportError:
        raise MissingPartError('training by several workers needs an extra: pip install "plastream[train]"') from None


class _Fitting:
    """Ray Train's one long call, in a thread, so that this one can tell what happens meanwhile."""

    def __init__(self, fit: Callable[[], object]) -> None:
        self.error: Exception | None = None
        self._fit = fit
        self._thread = threading.Thread(target=self._run, name="ray-train", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._fit()
        except Exception as error:  # noqa: BLE001  told by the thread that waits
            self.error = error

    def ended(self, patience_s: float) -> bool:
        """Whether it is over, waiting so long for it."""
        self._thread.join(patience_s)
        return not self._thread.is_alive()


def _told(fitting: _Fitting, mailbox: Any, stop: Callable[[], bool]) -> Iterator[Event]:
    over = False
    while not over:
        over = fitting.ended(POLL_S)
        if stop():
            mailbox.stop.remote()
        yield from remote.answer(mailbox.take.remote())


def _raise(error: Exception, failure: Outcome | None, lost: type[Exception]) -> NoReturn:
    """What ended a run: what a process said before it gave up, else that one is gone."""
    if failure is not None and failure.failure is not None:
        raise ServiceFailedError(failure.failure, failure.exit_code) from error
    if isinstance(error, lost):
        raise StopError(LOST) from error
    raise error


def _work(job: Mapping[str, Any]) -> None:
    """What each process does."""
    from plastic_core.train.loop import train
    from plastic_core.train.team import Together

    mailbox, team, asked = job["mailbox"], Together(), False
    try:
        with sorted_out():
            run = train(
                job["plan"],
                job["folder"],
                clock=time.monotonic,
                stop=lambda: asked,
                team=team,
                tensorboard=job["tensorboard"],
            )
            for event in run:
                if team.rank == 0:
                    asked = remote.answer(mailbox.put.remote(event))
    except Exception as error:
        end = verdict(error)
        remote.answer(mailbox.fail.remote(Outcome(end.line, int(end.exit_code))))
        raise
