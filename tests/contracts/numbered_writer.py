"""A process to be killed: commits or appends numbered batches and reports each acknowledgement on stdout.

Not a test: tests start it with one JSON argument, see `main`. "ack N" says that the records 0 to N-1
are durable.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from service.log.contract import CommitUncertain, Draft, Log, LogUnreachable, Writer
from service.log.open import LogSettings, open_log

RECOVER_S = 90.0


def say(word: str, number: int) -> None:
    print(word, number, flush=True)


def append_all(log: Log, topic: str, prefix: str, count: int, batch: int) -> None:
    """Append records "<prefix><n>", partition 0."""
    for start in range(0, count, batch):
        numbers = range(start, start + batch)
        log.append(topic, [Draft(f"{prefix}{number}".encode(), partition=0) for number in numbers])
        say("ack", start + batch)


def commit_all(log: Log, source: str, target: str, count: int, batch: int) -> None:
    """Commit records "<n>" to `target` with the input position n + 1, from the committed position on, up to `count`."""
    writer = log.writer("numbers", source, 0)
    position = writer.committed() or 0
    while position < count:
        outputs = [
            Draft(str(number).encode(), partition=0, topic=target) for number in range(position, position + batch)
        ]
        try:
            writer.commit(outputs, position + batch)
        except (CommitUncertain, LogUnreachable):
            writer, position = recovered(log, writer, source)
            continue
        position += batch
        say("ack", position)


def recovered(log: Log, broken: Writer, source: str) -> tuple[Writer, int]:
    """What a restarted process would do: become the writer anew and go on from what the log says."""
    broken.close()
    deadline = time.monotonic() + RECOVER_S
    while True:
        try:
            writer = log.writer("numbers", source, 0)
            position = writer.committed() or 0
        except LogUnreachable:
            if time.monotonic() > deadline:
                raise
        else:
            say("recovered", position)
            return writer, position


def main(task: dict[str, Any]) -> None:
    settings = LogSettings(**(task["log"] | {"directory": Path(task["log"]["directory"])}))
    with open_log(settings) as log:
        if task["act"] == "append":
            append_all(log, task["topic"], task["prefix"], task["count"], task["batch"])
        else:
            commit_all(log, task["source"], task["target"], task["count"], task["batch"])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
