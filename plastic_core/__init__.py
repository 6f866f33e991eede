"""Plastic networks with one private memory per stream: rules, cells, engines, readout, mixing.

Light to import: numba is loaded by the engine `cpu` alone, torch by the cells and the engine `reference`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plastic_core.cells.connections import ConnectionsConfig
    from plastic_core.cells.lstm import LSTMConfig, PlasticLSTM
    from plastic_core.cells.readout import PlasticReadout, PlasticReadoutConfig
    from plastic_core.cells.recurrent import PlasticRecurrent, RecurrentConfig
    from plastic_core.core import Core, CoreConfig
    from plastic_core.health import Statistics, norm_bound, statistics
    from plastic_core.mixing.mixture import Mixture
    from plastic_core.mixing.settings import MixingSettings
    from plastic_core.network import Network, NetworkState
    from plastic_core.readout import ReadoutSettings
    from plastic_core.rules import RULES
    from plastic_core.slow import SlowWeights
    from plastic_core.state import Memory, digest

__all__ = [
    "RULES",
    "ConnectionsConfig",
    "Core",
    "CoreConfig",
    "LSTMConfig",
    "Memory",
    "MixingSettings",
    "Mixture",
    "Network",
    "NetworkState",
    "PlasticLSTM",
    "PlasticReadout",
    "PlasticReadoutConfig",
    "PlasticRecurrent",
    "ReadoutSettings",
    "RecurrentConfig",
    "SlowWeights",
    "Statistics",
    "digest",
    "norm_bound",
    "statistics",
]

_HOMES = {
    "RULES": "rules",
    "ConnectionsConfig": "cells.connections",
    "Core": "core",
    "CoreConfig": "core",
    "LSTMConfig": "cells.lstm",
    "Memory": "state",
    "MixingSettings": "mixing.settings",
    "Mixture": "mixing.mixture",
    "Network": "network",
    "NetworkState": "network",
    "PlasticLSTM": "cells.lstm",
    "PlasticReadout": "cells.readout",
    "PlasticReadoutConfig": "cells.readout",
    "PlasticRecurrent": "cells.recurrent",
    "ReadoutSettings": "readout",
    "RecurrentConfig": "cells.recurrent",
    "SlowWeights": "slow",
    "Statistics": "health",
    "digest": "state",
    "norm_bound": "health",
    "statistics": "health",
}


def __getattr__(name: str) -> object:
    """Load a name from its module at first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """The names that can be imported from here."""
    return __all__
