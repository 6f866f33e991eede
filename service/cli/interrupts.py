"""Ctrl-C and SIGTERM as a wish to stop in order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from service.errors import InterruptError

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Set by the first signal; a second Ctrl-C no longer waits and raises KeyboardInterrupt."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.signal: int | None = None

    @property
    def requested(self) -> bool:
        """Whether somebody wants to stop."""
        return self._event.is_set()

    @property
    def by_keyboard(self) -> bool:
        """Whether it was Ctrl-C."""
        return self.signal == signal.SIGINT

    def wait(self, seconds: float) -> None:
        """Sleep, shorter when asked to stop."""
        self._event.wait(seconds)

    def receive(self, number: int, frame: FrameType | None) -> None:
        """The signal handler."""
        del frame
        if self.requested:
            raise KeyboardInterrupt
        self.signal = number
        self._event.set()

    def arm(self) -> None:
        """Take the signals over, again after a library has taken them."""
        for number in _SIGNALS:
            signal.signal(number, self.receive)


@contextmanager
def stop_request() -> Generator[StopRequest]:
    """Signals set a flag within this block; the handlers before it come back after it."""
    request = StopRequest()
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    request.arm()
    try:
        yield request
    except KeyboardInterrupt:
        raise InterruptError("interrupted twice, so left at once; what was committed stays") from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def at_once() -> Generator[None]:
    """Signals end this block at once with InterruptError: for work that can be left in the middle."""

    def leave(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        signal.signal(number, leave)
    try:
        yield
    except KeyboardInterrupt:
        raise InterruptError("interrupted; nothing is lost") from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
