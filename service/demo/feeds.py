"""Where the demo's messages come from: a recording at a chosen pace, or this machine's sensors now."""

from __future__ import annotations

import gzip
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import orjson

from service import host
from service.errors import UsageError

PACKAGED = Path(__file__).with_name("host.ndjson.gz")
"""Two hours of a real machine's sensors; RECORDING.md beside it says what happened when."""


@dataclass(frozen=True)
class Message:
    """One message as it goes into the log."""

    key: bytes
    value: bytes
    time_s: float
    """Event time, seconds since 1970 UTC."""


class Feed(Protocol):
    """Messages that become due as time goes by."""

    @property
    def total(self) -> int | None:
        """How many there will be; None for no end in sight."""
        ...

    @property
    def pace(self) -> str:
        """What sets the speed, in words."""
        ...

    def first(self) -> list[Message]:
        """Enough messages to infer their schema from; waits for them."""
        ...

    def due(self, elapsed_s: float) -> list[Message]:
        """Those that have become due since the last call, `elapsed_s` after the start."""
        ...

    def finished(self) -> bool:
        """Whether no more will come."""
        ...

    def close(self) -> None:
        """Stop whatever still runs."""
        ...


def read_recording(path: Path, seconds: float | None = None) -> list[Message]:
    """The messages of a recording made by `plastream record host`, the first `seconds` of it.

    A last line that is cut off is left out. Raises UsageError for a file that holds no such messages.
    """
    opener: Callable[..., Any] = gzip.open if path.suffix == ".gz" else open
    messages: list[Message] = []
    try:
        with opener(path, "rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                content = orjson.loads(line)
                messages.append(Message(str(content["host"]).encode(), line.rstrip(b"\n"), float(content["time"])))
                if seconds is not None and messages[-1].time_s - messages[0].time_s > seconds:
                    return messages[:-1]
    except EOFError:
        pass  # a recording that was killed: what lies before is whole
    except FileNotFoundError:
        raise UsageError(f"recording {path} does not exist; make one with `plastream record host`") from None
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, gzip.BadGzipFile) as error:
        raise UsageError(f"{path} is not a recording of `plastream record host` ({error})") from None
    if not messages:
        raise UsageError(f"recording {path} is empty")
    return messages


@dataclass
class Replay:
    """A recording, `speed` times as fast as it happened; speed 0 is flat out."""

    messages: Sequence[Message]
    speed: float = 0.0
    schema_messages: int = 100
    _next: int = 0

    @property
    def total(self) -> int | None:
        """See Feed."""
        return len(self.messages)

    @property
    def pace(self) -> str:
        """See Feed."""
        return f"paced at {self.speed:g} times real time" if self.speed else "flat out"

    def first(self) -> list[Message]:
        """See Feed."""
        return self._until(min(self.schema_messages, len(self.messages)))

    def due(self, elapsed_s: float) -> list[Message]:
        """See Feed."""
        end = self._next
        if not self.speed:
            end = len(self.messages)
        limit_s = self.messages[0].time_s + elapsed_s * self.speed
        while end < len(self.messages) and self.messages[end].time_s <= limit_s:
            end += 1
        return self._until(max(end, self._next))

    def finished(self) -> bool:
        """See Feed."""
        return self._next >= len(self.messages)

    def close(self) -> None:
        """See Feed."""

    def _until(self, end: int) -> list[Message]:
        taken = list(self.messages[self._next : end])
        self._next = end
        return taken


@dataclass
class Live:
    """This machine's sensors, sampled by a thread of its own so that nobody waits for it."""

    interval_s: float = 1.0
    seconds: float | None = None
    """How long to sample once the service works; None until closed."""
    samples: Callable[..., Iterator[host.Message]] = host.samples
    _queue: queue.SimpleQueue[Message] = field(default_factory=queue.SimpleQueue[Message])
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def total(self) -> int | None:
        """See Feed."""
        return None

    @property
    def pace(self) -> str:
        """See Feed."""
        return f"live, one sample every {self.interval_s:g} s"

    def first(self) -> list[Message]:
        """See Feed."""
        self._thread = threading.Thread(target=self._sample, name="host-sensors", daemon=True)
        self._thread.start()
        return [self._queue.get() for _ in range(3)]

    def due(self, elapsed_s: float) -> list[Message]:
        """See Feed."""
        if self.seconds is not None and elapsed_s >= self.seconds:
            self._stop.set()
        taken: list[Message] = []
        while not self._queue.empty():
            taken.append(self._queue.get())
        return taken

    def finished(self) -> bool:
        """See Feed."""
        return self._thread is not None and not self._thread.is_alive() and self._queue.empty()

    def close(self) -> None:
        """See Feed."""
        self._stop.set()

    def _sample(self) -> None:
        def sleep(seconds: float) -> None:
            self._stop.wait(seconds)

        for message in self.samples(interval_s=self.interval_s, clock=time.time, sleep=sleep):
            if self._stop.is_set():
                return
            self._queue.put(Message(message["host"].encode(), orjson.dumps(message), float(message["time"])))
