"""Ray's calls as this package uses them, typed once here: Ray's own types are too loose to be checked strictly."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import ray
from ray.exceptions import GetTimeoutError, RayActorError, RayError

__all__ = [
    "GetTimeoutError",
    "RayActorError",
    "RayError",
    "actor",
    "answer",
    "create",
    "ended",
    "in_group",
    "processors",
    "start",
    "stop",
]

_ray = cast(Any, ray)
_Method = TypeVar("_Method", bound=Callable[..., Any])

NAMESPACE = "plastream"
WORKER_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Kernels use one thread a process: the parallelism is in the workers."""
STORE_BYTES = 80_000_000
"""Ray's shared memory on a machine of our own: messages never pass through it."""


def actor(**groups: int) -> Callable[[type], Any]:
    """Make a class an actor whose methods run in these concurrency groups; dead is dead, nothing is retried."""
    return cast("Callable[[type], Any]", _ray.remote(max_restarts=0, max_task_retries=0, concurrency_groups=groups))


def in_group(name: str) -> Callable[[_Method], _Method]:
    """Run an actor's method in the concurrency group `name`."""
    return cast("Callable[[_Method], _Method]", _ray.method(concurrency_group=name))


def create(kind: Any, *arguments: Any, name: str | None = None) -> Any:
    """A new actor; it takes no CPU share from Ray's books, since it must always find a place."""
    return kind.options(name=name, num_cpus=0).remote(*arguments)


def answer(call: Any, timeout_s: float | None = None) -> Any:
    """The result of a call. Raises GetTimeoutError, RayActorError where the actor died, RayError else."""
    return _ray.get(call, timeout=timeout_s)


def ended(calls: Sequence[Any], timeout_s: float) -> list[Any]:
    """Those of the calls that have ended, waiting up to `timeout_s` for a first one."""
    done, _ = _ray.wait(list(calls), num_returns=1, timeout=timeout_s)
    return cast("list[Any]", done)


def start(address: str | None = None) -> bool:
    """Connect to the cluster at `address` or that RAY_ADDRESS names, else start Ray here.

    False where this process has it already. Raises ConnectionError where no cluster answers.
    """
    if _ray.is_initialized():
        return False
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    settings: dict[str, Any] = {"namespace": NAMESPACE, "log_to_driver": False, "logging_level": logging.ERROR}
    if address:
        settings["address"] = address
    if address or os.environ.get("RAY_ADDRESS"):
        settings["runtime_env"] = {"env_vars": WORKER_ENVIRONMENT}
    else:
        for name, value in WORKER_ENVIRONMENT.items():
            os.environ.setdefault(name, value)  # Ray's processes inherit it: quicker than a runtime environment
        settings |= {"include_dashboard": False, "object_store_memory": STORE_BYTES}
    _ray.init(**settings)
    return True


def processors() -> float:
    """CPUs of the whole cluster, by Ray's books."""
    return float(_ray.cluster_resources().get("CPU", 0.0))


def stop() -> None:
    """Take down what `start` started, or leave the cluster."""
    _ray.shutdown()
