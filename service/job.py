"""What one service does, told to every worker: plain frozen values that travel between processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from encoders.formats.catalogue import NO_ACCESS, Access
from encoders.schema import TopicSchema
from plastic_core.core import CoreConfig
from service.log.open import LogSettings


@dataclass(frozen=True)
class Job:
    """Read `topic`, learn, write percepts and dead letters; remember in `snapshots`."""

    log: LogSettings
    topic: str
    schema: TopicSchema
    snapshots: Path
    """Folder of this group's snapshots of this topic; one folder a partition is made in it."""
    group: str = "plastream"
    """Whose input positions are committed; services with different groups learn independently."""
    prefix: str | None = None
    """Percepts go to <prefix>.percepts; the input topic's name by default."""
    core: CoreConfig = field(default_factory=CoreConfig)
    access: Access = NO_ACCESS
    """How to reach what some formats ask: the schema registry."""
    start: Literal["earliest", "latest"] = "earliest"
    """Where a partition that was never committed begins."""
    turn_records: int = 2000
    """Most records of one turn: read, learned and committed in one step."""
    snapshot_every_s: float = 10.0
    snapshots_kept: int = 3

    @property
    def percepts_topic(self) -> str:
        """Where percepts go."""
        return f"{self.prefix or self.topic}.percepts"

    @property
    def dead_letters_topic(self) -> str:
        """Where messages that cannot be read go, with the reason."""
        return f"{self.topic}.dlq"

    def snapshot_folder(self, partition: int) -> Path:
        """Where the memories of one partition are saved."""
        return self.snapshots / f"{partition:05d}"
