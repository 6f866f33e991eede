"""Messages that are almost right: a few bytes or runs of a readable one changed, lost, doubled or put elsewhere."""

from __future__ import annotations

import random

from encoders.formats.contract import Message

_SCRAPS = (
    b'"',
    b"{",
    b"}",
    b"[",
    b"\\",
    b"\0",
    b"NaN",
    b"1e999",
    b"\\ud800",
    b"9" * 30,
    b"\xff" * 4,
    b",",
    b"=",
    b"\n",
)


def mutant(rng: random.Random, parent: Message) -> Message:
    """A message whose value, and now and then a header or the key, differs from its parent's by one to five changes."""
    if parent.headers and rng.random() < 0.2:
        place = rng.randrange(len(parent.headers))
        name, value = parent.headers[place]
        changed = (name, mangled(rng, value))
        return parent._replace(headers=(*parent.headers[:place], changed, *parent.headers[place + 1 :]))
    return parent._replace(value=mangled(rng, parent.value or b""))


def mangled(rng: random.Random, parent: bytes) -> bytes:
    """Bytes that differ from the parent's by one to five changes."""
    body = bytearray(parent)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(body) + 1)
        stop = min(len(body), at + rng.randint(1, 8))
        how = rng.randrange(6)
        if how == 0:
            body[at:stop] = b""
        elif how == 1:
            body[at:at] = body[at:stop]
        elif how == 2:
            body[at:at] = rng.randbytes(rng.randint(1, 4))
        elif how == 3 and at < len(body):
            body[at] ^= 1 << rng.randrange(8)
        elif how == 4:
            del body[at:]
        else:
            body[at:at] = rng.choice(_SCRAPS)
    return bytes(body)
