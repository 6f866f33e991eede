"""The world of the cue-reward task: pairs of cues, then a question, then +1 or -1 (Miconi et al. 2019, sec. 4.1).

One of C cues, random +-1 vectors of the episode's own, is the target. A trial shows two different cues one after the
other, then the go signal: at that tick 1 is right where the target was one of the two, 0 where not. It was so in half
of the trials, so an answer that does not look is right half the time. Blank ticks lie between, at least one after each
go, where the reward is seen; how many and where is drawn. At other ticks actions do nothing.

Whatever was answered, the reward says what would have been right; no answer changes what is shown.

Letters: T ticks, B episodes, C cues, O channels, K trials.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch

Tensor = torch.Tensor

CUES_SHOWN = 2
"""In a trial."""
EXTRA = 3
"""Channels beside a cue's bits: the last answer where one was just given, the go signal, and the share of the episode
that is over."""
ECHO, GO = -3, -2
"""Which channels."""
FEWEST_TICKS = CUES_SHOWN + 2
"""Of a trial: two cues, go, one blank."""


@dataclass(frozen=True)
class CueTrials:
    """How episodes are drawn. Raises ValueError where a number is out of its range."""

    cues: int = 4
    """C."""
    bits: int = 20
    """Of a cue."""
    ticks: int = 200
    """T."""
    shortest: int = 5
    """Ticks of a trial; each length from here to longest is as likely."""
    longest: int = 8

    def __post_init__(self) -> None:
        """Check ranges."""
        if self.cues <= CUES_SHOWN:
            raise ValueError(f"cues is at least {CUES_SHOWN + 1}, so that a pair can lack the target, not {self.cues}")
        if self.bits < 1:
            raise ValueError(f"bits is at least 1, not {self.bits}")
        if not FEWEST_TICKS <= self.shortest <= self.longest:
            raise ValueError(
                f"shortest is at least {FEWEST_TICKS} and longest no less, not {self.shortest} and {self.longest}"
            )
        if self.ticks < CUES_SHOWN * self.longest:
            raise ValueError(
                f"ticks is at least {CUES_SHOWN * self.longest}, room for two of the longest trials, not {self.ticks}"
            )

    @property
    def channels(self) -> int:
        """O."""
        return self.bits + EXTRA

    def drawn(self, generator: np.random.Generator) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """One episode: what is seen, [T, O], without echo, and the right answers, [T], -1 where none is asked for."""
        seen = np.zeros((self.ticks, self.channels), np.float32)
        answers = np.full(self.ticks, -1, np.int64)
        seen[:, -1] = np.arange(self.ticks) / self.ticks
        patterns = generator.integers(0, 2, (self.cues, self.bits)) * 2 - 1
        pairs, right = self._pairs(generator, self.ticks // self.shortest + 1)
        at = self._timed(generator, len(pairs))
        for shown in range(CUES_SHOWN):
            fits = at[:, shown] < self.ticks
            seen[at[fits, shown], : self.bits] = patterns[pairs[fits, shown]]
        asked = at[:, -1] < self.ticks
        seen[at[asked, -1], GO] = 1
        answers[at[asked, -1]] = right[asked]
        return seen, answers

    def _pairs(
        self, generator: np.random.Generator, trials: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Which cues are shown, [K, 2], and whether the target is one of them, [K]."""
        target = generator.integers(self.cues)
        others = np.argsort(generator.random((trials, self.cues - 1)), 1)[:, :CUES_SHOWN]
        pairs = others + (others >= target)  # every cue but the target
        right = generator.random(trials) < 0.5
        place = generator.integers(CUES_SHOWN, size=trials)
        pairs[right, place[right]] = target
        return pairs, right

    def _timed(self, generator: np.random.Generator, trials: int) -> npt.NDArray[np.int64]:
        """The ticks of first cue, second cue and go, [K, 3]; the last ones may lie beyond the episode."""
        most = self.longest - FEWEST_TICKS
        spare = generator.integers(self.shortest, self.longest + 1, trials) - FEWEST_TICKS
        behind = generator.integers(CUES_SHOWN + 1, size=(trials, most))  # which of the three a spare blank follows
        counted = np.arange(most) < spare[:, None]
        blanks = np.stack([((behind == event) & counted).sum(1) for event in range(CUES_SHOWN + 1)], 1)
        blanks[:, -1] += 1
        steps = (1 + blanks).ravel()
        return (np.cumsum(steps) - steps).reshape(trials, CUES_SHOWN + 1)


@dataclass
class CueWorld:
    """See World: B episodes side by side, drawn beforehand."""

    seen: Tensor
    """float32[T, B, O]."""
    answers: Tensor
    """int64[T, B]: what is right; -1 where nothing is asked for."""
    echo: float = 1.0
    """After an answer it is seen again as + or - this, beside 0 where none was given."""
    tick: int = field(default=0, init=False)

    @property
    def observations(self) -> int:
        """See World."""
        return self.seen.shape[2]

    @property
    def actions(self) -> int:
        """See World: no and yes."""
        return 2

    def begin(self) -> Tensor:
        """See World."""
        self.tick = 0
        return self.seen[0]

    def act(self, actions: Tensor) -> tuple[Tensor, Tensor]:
        """See World: +1 for the right answer, -1 for the wrong one, 0 where none is asked for."""
        answers = self.answers[self.tick]
        rewards = torch.where(answers < 0, 0.0, torch.where(actions == answers, 1.0, -1.0))
        self.tick += 1
        after = torch.zeros_like(self.seen[0]) if self.tick == len(self.seen) else self.seen[self.tick].clone()
        after[:, ECHO] = torch.where(answers < 0, 0.0, (2 * actions - 1) * self.echo)
        return rewards, after
