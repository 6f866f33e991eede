"""Waiting no longer than stated: for a call that has no timeout of its own, for an answer that will come later."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import TypeVar

PAUSE_S = 0.05
Answer = TypeVar("Answer")


class TooLateError(Exception):
    """The call did not end in time; it may still go on in its thread."""


def within(timeout_s: float, call: Callable[[], object]) -> None:
    """Run `call` in a thread and raise what it raises, or TooLateError when it takes longer than `timeout_s`.

    A call that never ends keeps its thread; the process that sees TooLateError is meant to give its client up.
    """
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - handed to the caller, whatever it is
            raised.append(error)

    thread = Thread(target=run, daemon=True, name="bounded-call")
    thread.start()
    thread.join(timeout_s)
    if thread.is_alive():
        raise TooLateError(f"no answer within {timeout_s:.0f} s")
    if raised:
        raise raised[0]


def persist(timeout_s: float, ask: Callable[[], Answer], passes: Callable[[BaseException], bool]) -> Answer:
    """Ask again while the error is one that passes by itself, for at most `timeout_s`; then the error is raised."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return ask()
        except Exception as error:
            if not passes(error) or time.monotonic() > deadline:
                raise
        Event().wait(PAUSE_S)
