"""The long run of `make fuzz`: mutated messages of every format, each read or rejected with a reason, none a crash.

    python -m tests.fuzz --messages 200000 [--format NAME ...] [--seed N]

A line a format tells how many were read and why the others were not. What breaks a promise is written beside the
command's folder as fuzz-FORMAT.json, with the message that did it, and ends the run with exit code 1.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from encoders.formats.contract import REASONS, Format, Message
from encoders.formats.decoding import decode
from encoders.schema import TopicSchema
from tests.contracts.format_examples import EXAMPLES
from tests.contracts.mutants import mutant
from tests.contracts.registry import reader_of

BATCH = 1000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; the exit code."""
    parser = argparse.ArgumentParser(description="Mutated messages of every format.")
    parser.add_argument("--messages", type=int, default=200_000, help="of each format")
    parser.add_argument("--format", action="append", choices=sorted(EXAMPLES), help="may be repeated; all by default")
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args(arguments)
    failed = [name for name in told.format or sorted(EXAMPLES) if not fuzzed(name, told.messages, told.seed)]
    if failed:
        sys.stdout.write(f"broken: {', '.join(failed)}\n")
    return 1 if failed else 0


def fuzzed(name: str, messages: int, seed: int) -> bool:
    """Whether a format has kept its promises over so many mutants."""
    rng = random.Random(f"{name} {seed}")  # noqa: S311 -- not for secrets
    reader, examples = reader_of(name), list(EXAMPLES[name])
    read, reasons, start_s = 0, Counter[str](), time.monotonic()
    for first in range(0, messages, BATCH):
        # two generations: now and then a mutant is the parent of another
        batch = [mutant(rng, rng.choice(examples)) for _ in range(min(BATCH, messages - first))]
        batch = [mutant(rng, message) if rng.random() < 0.3 else message for message in batch]
        broken = broken_by(reader, batch)
        if broken is not None:
            Path(f"fuzz-{name.replace('+', '-')}.json").write_text(told_of(broken))
            sys.stdout.write(f"{name}: BROKEN after {first} messages, see fuzz-{name.replace('+', '-')}.json\n")
            return False
        rejects = decode(reader, batch, TopicSchema(), {}).rejects
        read += len(batch) - len(rejects)
        reasons.update(reject.reason for reject in rejects)
    why = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    rate = messages / max(time.monotonic() - start_s, 1e-9)
    sys.stdout.write(
        f"{name}: {messages} messages, {read} read, {sum(reasons.values())} rejected ({why}), {rate:.0f}/s\n"
    )
    sys.stdout.flush()
    return True


def broken_by(reader: Format, batch: Sequence[Message]) -> Message | None:
    """The message that breaks a promise; None where all are kept."""
    try:
        found = decode(reader, batch, TopicSchema(), {})
    except Exception:  # noqa: BLE001 -- that is what is looked for
        return next((message for message in batch if _raises(reader, message)), batch[0])
    for reject in found.rejects:
        if reject.reason not in REASONS or not reject.detail or "\n" in reject.detail:
            return batch[reject.source]
    return None


def _raises(reader: Format, message: Message) -> bool:
    try:
        decode(reader, [message], TopicSchema(), {})
    except Exception:  # noqa: BLE001 -- that is what is looked for
        return True
    return False


def told_of(message: Message) -> str:
    """A message as JSON that can be kept as a test."""
    encoded = {
        "key": None if message.key is None else base64.b64encode(message.key).decode(),
        "value": base64.b64encode(message.value or b"").decode(),
        "headers": [[name, base64.b64encode(value).decode()] for name, value in message.headers],
    }
    return json.dumps(encoded, indent=1)


if __name__ == "__main__":
    sys.exit(main())
