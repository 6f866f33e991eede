"""The judging kernels on a Memory's arrays; numba loads here and nowhere before.

Letters: B rows of the wave, D channels.
"""

from __future__ import annotations

import numpy as np

from plastic_core.arrays import Bool, Float32, Int64
from plastic_core.mixing.mixture import Doubts, Mixture
from plastic_core.mixing.settings import MixingSettings
from plastic_core.state import Memory


def doubted(
    memory: Memory,
    rows: Int64,
    used: Int64,
    x: Float32,
    sensed: Bool,
    measured: Bool | None,
    expected: Float32,
    deviation: Float32,
    settings: MixingSettings,
) -> Doubts:
    """Hold a wave's readings [B, D] against each other; changes nothing. measured: see Core.mix."""
    from plastic_core.mixing.judging_kernel import judge_rows

    found = Doubts(
        measured=np.zeros(x.shape[1], np.bool_) if measured is None else measured,
        foreseen=expected.copy(),
        doubt=deviation * deviation,
        fault=np.zeros(x.shape, np.bool_),
        odds=np.zeros(x.shape, np.float32),
        grade=np.zeros(x.shape, np.float32),
    )
    judge_rows(
        rows,
        used,
        x,
        sensed,
        expected,
        deviation,
        memory.sensed,
        memory.imagined,
        settings.reground_ticks,
        settings.stuck_ticks,
        memory.errors,
        found,
    )
    return found


def remember(memory: Memory, rows: Int64, used: Int64, mixture: Mixture, settings: MixingSettings) -> None:
    """Take a tick's doubts into `memory.errors`, in place; the rest of the memory is as before this tick."""
    from plastic_core.mixing.learning_kernel import remember_rows

    remember_rows(
        rows,
        used,
        mixture.input,
        mixture.sensed,
        mixture.expected,
        mixture.deviation,
        memory.level,
        memory.sensed,
        memory.imagined,
        settings.memory_ticks,
        settings.company_ticks,
        mixture.doubts,
        memory.errors,
    )


def foretold(expected: Float32, latest: Float32, held: Float32) -> Float32:
    """What a sensor will say, [B, D]: its last reading with the chance that it is stuck, else what is expected.

    held: odds of being stuck, at most 0 for none. The two differ where the world moves on and the sensor does not.
    """
    odds = np.maximum(held, np.float32(0))
    chance: Float32 = np.divide(odds, odds + np.float32(1))
    drawn: Float32 = np.add(expected, chance * (latest - expected))
    return drawn
