"""How to try each encoder of the catalogue: one dict a family, joined in EXAMPLES."""

from __future__ import annotations

from encoders.checks import Example
from tests.contracts.encoder_examples.first import FIRST
from tests.contracts.encoder_examples.numbers import NUMBERS
from tests.contracts.encoder_examples.signals import SIGNALS
from tests.contracts.encoder_examples.space import SPACE
from tests.contracts.encoder_examples.structured import STRUCTURED
from tests.contracts.encoder_examples.symbols import SYMBOLS

EXAMPLES: dict[str, Example] = {**FIRST, **NUMBERS, **SPACE, **SYMBOLS, **SIGNALS, **STRUCTURED}
