"""Errors of plastic_core's training in the service's own three kinds: see service/errors.py."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from service.errors import ActionError, MissingPartError, StopError, UsageError, WaitError

LOST = "a worker was lost; the same command goes on from the last checkpoint"


@contextmanager
def sorted_out() -> Generator[None]:
    """Within this block training's expected errors become PlastreamErrors; others pass."""
    from plastic_core.trace.contract import TracingUnfit
    from plastic_core.train.checkpoint import CheckpointForeign, CheckpointUnusable
    from plastic_core.train.keeping import RunBusy
    from plastic_core.train.loading import NoData
    from plastic_core.train.log import NoTensorBoard
    from plastic_core.train.loop import Diverged
    from plastic_core.train.team import TeamLost

    try:
        with data_sorted_out():
            yield
    except (CheckpointForeign, NoData, RunBusy, TracingUnfit) as error:
        raise UsageError(str(error)) from error
    except (CheckpointUnusable, Diverged) as error:
        raise ActionError(str(error)) from error
    except TeamLost as error:
        raise StopError(LOST) from error
    except NoTensorBoard as error:
        raise MissingPartError(str(error)) from error


@contextmanager
def data_sorted_out() -> Generator[None]:
    """The same for data sets alone, without loading what trains."""
    from plastic_core.data.errors import DataMissing, DataUnusable, SourceChanged, SourceSilent

    try:
        yield
    except (DataMissing, DataUnusable) as error:
        raise UsageError(str(error)) from error
    except SourceChanged as error:
        raise ActionError(str(error)) from error
    except SourceSilent as error:
        raise WaitError(str(error)) from error
