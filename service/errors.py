"""What can go wrong, sorted by what the owner of the service does about it.

    PlastreamError
    ├── WaitError              the outside is not ready; later it may work unchanged           exit 3
    ├── StopError              this run is over; started again, it goes on from the log        exit 1
    │   ├── ServiceFailedError the service ended by itself and says why                        as it says
    │   └── InterruptError     Ctrl-C                                                          exit 130
    └── ActionError            nothing helps until a person changes something                  exit 1
        ├── UsageError         what was asked for does not exist or contradicts itself         exit 2
        │   └── ConfigError    a setting is unknown or has a wrong value                       exit 2
        ├── SchemaClashError   the messages do not fit the schema in use                       exit 2
        └── MissingPartError   an optional part is not installed                               exit 1

Errors of the log (`service.log.contract`), of formats and encoders and of the operating system keep their own classes;
`verdict` sorts them into the same three kinds. Anything that it does not know is a defect of plastream and says so.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from service.log import contract as log


class ExitCode(IntEnum):
    """What the command tells the shell; documented in docs/cli.md."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    NOT_READY = 3
    INTERRUPTED = 130


class Remedy(StrEnum):
    """What the owner does."""

    WAIT = "wait"
    STOP = "stop"
    ACT = "act"


class PlastreamError(Exception):
    """Anything that we expect may go wrong; the message is one line that says what to do."""

    exit_code = ExitCode.FAILURE
    remedy = Remedy.ACT


class WaitError(PlastreamError):
    """The outside is not ready."""

    exit_code = ExitCode.NOT_READY
    remedy = Remedy.WAIT


class StopError(PlastreamError):
    """This run is over; started again, it goes on from what the log says."""

    remedy = Remedy.STOP


class ServiceFailedError(StopError):
    """The service ended by itself."""

    def __init__(self, line: str, exit_code: int) -> None:
        """line: why, and what to do. exit_code: what the command ends with; 0 counts as failure here."""
        super().__init__(line)
        self.exit_code = ExitCode(exit_code) if exit_code in set(ExitCode) - {ExitCode.OK} else ExitCode.FAILURE


class InterruptError(StopError):
    """Ctrl-C, where it ends something at once."""

    exit_code = ExitCode.INTERRUPTED


class ActionError(PlastreamError):
    """A person must change something."""


class UsageError(ActionError):
    """What was asked for does not exist or contradicts itself."""

    exit_code = ExitCode.USAGE


class ConfigError(UsageError):
    """A setting is unknown or has a wrong value."""


class SchemaClashError(ActionError):
    """The messages do not fit the schema in use."""

    exit_code = ExitCode.USAGE


class MissingPartError(ActionError):
    """An optional part is not installed."""


@dataclass(frozen=True)
class Verdict:
    """How a command ends because of an error."""

    exit_code: ExitCode
    remedy: Remedy
    line: str
    """What happened and what to do, in one line."""
    expected: bool = True
    """False for a defect of plastream, whose traceback is worth reading."""


LOG_VERDICTS: tuple[tuple[type[log.LogError], ExitCode, Remedy], ...] = (
    (log.LogUnreachable, ExitCode.NOT_READY, Remedy.WAIT),
    (log.TopicMissing, ExitCode.USAGE, Remedy.ACT),
    (log.OffsetGone, ExitCode.FAILURE, Remedy.ACT),
    (log.Fenced, ExitCode.FAILURE, Remedy.STOP),
    (log.CommitUncertain, ExitCode.FAILURE, Remedy.STOP),
    (log.LogFull, ExitCode.FAILURE, Remedy.ACT),
    (log.LogError, ExitCode.FAILURE, Remedy.ACT),
)
"""Every error of the log: class, exit code and remedy; its message says what to do. More special classes first."""

OS_VERDICTS: dict[int, str] = {
    errno.ENOSPC: "the disk is full: make space and start again; nothing is lost",
    errno.EDQUOT: "the disk quota is used up: make space and start again; nothing is lost",
    errno.EROFS: "the file system is read-only: choose a folder that can be written",
    errno.EACCES: "permission denied: choose a folder that this user may read and write",
    errno.EPERM: "permission denied: choose a folder that this user may read and write",
    errno.EMFILE: "too many open files: raise the limit (ulimit -n) and start again",
}


def verdict(error: BaseException) -> Verdict:
    """Sort any error: which exit code, who acts, and the one line to print."""
    if isinstance(error, KeyboardInterrupt):
        return Verdict(ExitCode.INTERRUPTED, Remedy.STOP, "interrupted")
    if isinstance(error, PlastreamError):
        return Verdict(error.exit_code, error.remedy, one_line(error))
    if isinstance(error, log.LogError):
        return _log_verdict(error)
    if isinstance(error, OSError):
        return _os_verdict(error)
    known = _encoders_verdict(error)
    if known is not None:
        return known
    text = f"{type(error).__name__}: {one_line(error)}; a defect of plastream, --verbose shows where"
    return Verdict(ExitCode.FAILURE, Remedy.ACT, text, expected=False)


def _log_verdict(error: log.LogError) -> Verdict:
    code, remedy = next(row[1:] for row in LOG_VERDICTS if isinstance(error, row[0]))
    return Verdict(code, remedy, one_line(error) or type(error).__name__)


def _encoders_verdict(error: BaseException) -> Verdict | None:
    """Of errors of formats and encoders; None for all others."""
    from encoders.catalogue import CatalogueError  # numpy and pydantic: too heavy for --help
    from encoders.formats.catalogue import FormatError
    from encoders.formats.contract import Unavailable

    if isinstance(error, Unavailable):
        return Verdict(ExitCode.NOT_READY, Remedy.WAIT, one_line(error))
    if isinstance(error, FormatError | CatalogueError):
        return Verdict(ExitCode.USAGE, Remedy.ACT, one_line(error))
    return None


def _os_verdict(error: OSError) -> Verdict:
    place = f"{error.filename}: " if error.filename else ""
    advice = OS_VERDICTS.get(error.errno or 0)
    return Verdict(ExitCode.FAILURE, Remedy.ACT, f"{place}{advice or error.strerror or one_line(error)}")


def one_line(error: BaseException) -> str:
    """An error's message without line breaks."""
    return " ".join(str(error).split())
