"""However a partition's life is cut into turns and deaths, memories and answers are those of an undisturbed run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plastic_core import folders
from plastic_core.core import Core
from service import snapshots
from service.errors import UsageError
from service.job import Job
from service.log.contract import Draft, Fenced, Log, LogFull, OffsetGone, partition_of
from service.log.embedded import EmbeddedLog
from service.log.open import LogSettings
from service.shard import Shard
from tests.service.machine import TOPIC, answers, job, messages, prepare

DRAFTS = messages(machines=5, ticks=30)
assert {partition_of(draft.key or b"", 2) for draft in DRAFTS} == {0, 1}


def run(of: Job, core: Core, log: Log, partition: int) -> dict[str, str]:
    shard = Shard.open(of, core, log, partition)
    while shard.turn(0.0).records:
        pass
    shard.save()
    return shard.streams.hashes()


@pytest.fixture(scope="module")
def core() -> Core:
    return Core.build(job(Path(), LogSettings()).core)


@pytest.fixture(scope="module")
def calm(core: Core, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Hashes and answers of a run that nothing disturbs, in turns of 50."""
    folder = tmp_path_factory.mktemp("calm")
    of = job(folder, LogSettings(directory=folder))
    with EmbeddedLog(folder, synchronous="normal") as log:
        prepare(log, of, DRAFTS)
        hashes = run(of, core, log, 0) | run(of, core, log, 1)
        return {
            "hashes": hashes,
            "percepts": answers(log, of.percepts_topic),
            "dead": answers(log, of.dead_letters_topic),
        }


def test_every_record_has_one_answer(calm: dict[str, object]) -> None:
    percepts, dead = calm["percepts"], calm["dead"]
    assert isinstance(percepts, dict)
    assert isinstance(dead, dict)
    assert sum(map(len, percepts.values())) + sum(map(len, dead.values())) == len(DRAFTS)
    assert sum(map(len, dead.values())) > 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    turns=st.lists(st.integers(1, 60), min_size=1, max_size=6),
    deaths=st.lists(
        st.sampled_from(["none", "after the commit", "before the commit", "after a snapshot"]), max_size=12
    ),
)
def test_cut_anyhow(
    turns: list[int], deaths: list[str], core: Core, calm: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    of = job(folder, LogSettings(directory=folder))
    hashes: dict[str, str] = {}
    with EmbeddedLog(folder, synchronous="normal") as log:
        prepare(log, of, DRAFTS)
        for partition in (0, 1):
            shard = Shard.open(of, core, log, partition)
            for number, death in enumerate(deaths):
                shard.job = job(folder, of.log, turn_records=turns[number % len(turns)])
                if death == "before the commit":
                    read = log.read(TOPIC, partition, shard.offset, turns[number % len(turns)])
                    shard._learn(read) if read else None  # lived through, never committed
                else:
                    shard.turn(0.0)
                if death == "after a snapshot":
                    shard.save()
                if death != "none":
                    shard = Shard.open(of, core, log, partition)
            shard.close()
            hashes |= run(of, core, log, partition)
        assert hashes == calm["hashes"]
        assert answers(log, of.percepts_topic) == calm["percepts"]
        assert answers(log, of.dead_letters_topic) == calm["dead"]


def test_the_former_owner_is_fenced(core: Core, tmp_path: Path) -> None:
    of = job(tmp_path, LogSettings(directory=tmp_path))
    with EmbeddedLog(tmp_path) as log, EmbeddedLog(tmp_path) as other:
        prepare(log, of, DRAFTS)
        zombie = Shard.open(of, core, log, 0)
        zombie.turn(0.0)
        run(of, core, other, 0)
        log.append(TOPIC, [Draft(b"{}", key=b"late", partition=0)])
        with pytest.raises(Fenced):
            zombie.turn(0.0)


class FullOnce:
    """A writer whose disk is full at its first commit; obeys Writer."""

    def __init__(self, writer: object) -> None:
        self.writer = writer
        self.full = True

    def committed(self) -> int | None:
        return self.writer.committed()  # type: ignore[attr-defined]

    def commit(self, outputs: list[Draft], next_offset: int) -> None:
        if self.full:
            self.full = False
            raise LogFull("no space")
        self.writer.commit(outputs, next_offset)  # type: ignore[attr-defined]

    def close(self) -> None:
        self.writer.close()  # type: ignore[attr-defined]


def test_a_commit_that_wrote_nothing_is_repeated_not_learned_again(
    core: Core, calm: dict[str, object], tmp_path: Path
) -> None:
    of = job(tmp_path, LogSettings(directory=tmp_path))
    with EmbeddedLog(tmp_path) as log:
        prepare(log, of, DRAFTS)
        shard = Shard.open(of, core, log, 0)
        shard.writer = FullOnce(shard.writer)  # type: ignore[assignment]
        with pytest.raises(LogFull):
            shard.turn(0.0)
        shard.save()  # must not save memories that are ahead of the commit
        while shard.turn(0.0).records:
            pass
        expected = calm["hashes"]
        assert isinstance(expected, dict)
        assert shard.streams.hashes() == {name: expected[name] for name in shard.streams.names}


def test_memories_of_another_core_are_refused(core: Core, tmp_path: Path) -> None:
    of = job(tmp_path, LogSettings(directory=tmp_path))
    with EmbeddedLog(tmp_path) as log:
        prepare(log, of, DRAFTS)
        run(of, core, log, 0)
        other = Core.build(type(of.core)(neurons=8, width=48))
        with pytest.raises(UsageError, match="belong to weights"):
            Shard.open(of, other, log, 0)


def test_a_broken_snapshot_is_passed_over(core: Core, calm: dict[str, object], tmp_path: Path) -> None:
    of = job(tmp_path, LogSettings(directory=tmp_path), turn_records=10)
    with EmbeddedLog(tmp_path) as log:
        prepare(log, of, DRAFTS)
        shard = Shard.open(of, core, log, 0)
        for _ in range(3):
            shard.turn(0.0)
            shard.save()
        newest = folders.stored(of.snapshot_folder(0))[-1]
        (newest / snapshots.TENSORS).write_bytes(b"torn")
        hashes = run(of, core, log, 0)
        expected = calm["hashes"]
        assert isinstance(expected, dict)
        assert hashes == {name: expected[name] for name in hashes}


def test_a_log_made_anew_is_told(core: Core, tmp_path: Path) -> None:
    of = job(tmp_path, LogSettings(directory=tmp_path / "log"))
    with EmbeddedLog(tmp_path / "log") as log:
        prepare(log, of, DRAFTS)
        run(of, core, log, 0)
    other = job(tmp_path, LogSettings(directory=tmp_path / "new"))
    with EmbeddedLog(tmp_path / "new") as log:
        prepare(log, other, DRAFTS[:2])
        log.writer(of.group, TOPIC, 0).commit([], 0)
        with pytest.raises(OffsetGone, match="another"):
            Shard.open(other, core, log, 0)
