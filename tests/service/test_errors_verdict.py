"""Every error that can be met becomes one line and the right exit code."""

from __future__ import annotations

import errno
import itertools

import pytest

from encoders.catalogue import CatalogueError
from encoders.formats.catalogue import FormatError
from encoders.formats.contract import Unavailable
from service import errors
from service.errors import ExitCode, Remedy, verdict
from service.log import contract


def subclasses(of: type[BaseException]) -> list[type[BaseException]]:
    return [of, *(inner for child in of.__subclasses__() for inner in subclasses(child))]


@pytest.mark.parametrize(
    ("error", "code", "remedy"),
    [
        (contract.LogUnreachable("no broker"), 3, Remedy.WAIT),
        (contract.TopicMissing("no topic"), 2, Remedy.ACT),
        (contract.OffsetGone("gone"), 1, Remedy.ACT),
        (contract.Fenced("fenced"), 1, Remedy.STOP),
        (contract.CommitUncertain("who knows"), 1, Remedy.STOP),
        (contract.LogFull("full"), 1, Remedy.ACT),
        (contract.LogError("other"), 1, Remedy.ACT),
        (errors.ConfigError("wrong"), 2, Remedy.ACT),
        (errors.UsageError("wrong"), 2, Remedy.ACT),
        (errors.SchemaClashError("clash"), 2, Remedy.ACT),
        (errors.MissingPartError("extra"), 1, Remedy.ACT),
        (errors.WaitError("later"), 3, Remedy.WAIT),
        (errors.StopError("over"), 1, Remedy.STOP),
        (Unavailable("no registry answers"), 3, Remedy.WAIT),
        (FormatError("unknown format"), 2, Remedy.ACT),
        (CatalogueError("no such encoder"), 2, Remedy.ACT),
        (KeyboardInterrupt(), 130, Remedy.STOP),
        (errors.InterruptError("left"), 130, Remedy.STOP),
        (OSError(errno.ENOSPC, "No space left on device", "/data/log.sqlite"), 1, Remedy.ACT),
    ],
)
def test_sorted_by_what_the_owner_does(error: BaseException, code: int, remedy: Remedy) -> None:
    found = verdict(error)
    assert (found.exit_code, found.remedy, found.expected) == (code, remedy, True)


def test_every_error_of_the_log_is_in_the_table_before_its_parents() -> None:
    listed = [row[0] for row in errors.LOG_VERDICTS]
    assert set(listed) == set(subclasses(contract.LogError)) - outside_the_contract()
    for earlier, later in itertools.pairwise(listed):
        assert not issubclass(later, earlier)


def outside_the_contract() -> set[type[BaseException]]:
    return {kind for kind in subclasses(contract.LogError) if kind.__module__ != contract.__name__}


def test_a_message_of_several_lines_becomes_one() -> None:
    assert verdict(contract.LogUnreachable("no broker\n  at all")).line == "no broker at all"


def test_a_full_disk_names_the_file_and_what_to_do() -> None:
    line = verdict(OSError(errno.ENOSPC, "No space left on device", "/data/log.sqlite")).line
    assert "/data/log.sqlite" in line
    assert "make space" in line


def test_what_nobody_expected_is_called_a_defect() -> None:
    found = verdict(ZeroDivisionError("division by zero"))
    assert not found.expected
    assert found.exit_code is ExitCode.FAILURE
    assert "ZeroDivisionError: division by zero" in found.line


@pytest.mark.parametrize(("told", "code"), [(2, 2), (3, 3), (1, 1), (0, 1), (77, 1)])
def test_a_service_that_ends_by_itself_never_counts_as_success(told: int, code: int) -> None:
    assert verdict(errors.ServiceFailedError("why", told)).exit_code == code
