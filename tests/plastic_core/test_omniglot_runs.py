"""Omniglot's official one-shot test: scored, and what is wrong with its files told."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.data.errors import DataMissing, DataUnusable
from plastic_core.tasks.omniglot.network import OneShot
from plastic_core.tasks.omniglot.runs import score
from tests.plastic_core.test_tasks_omniglot import png


def write_runs(folder: Path, generator: np.random.Generator) -> None:
    """An official test in which item k of a run is the very drawing of another character each time."""
    for number in range(1, 21):
        run = f"run{number:02}"
        drawings = generator.random((20, 105, 105)) < 0.2
        answers = generator.permutation(20)
        for part in ("training", "test"):
            (folder / run / part).mkdir(parents=True)
        lines = list[str]()
        for place, answer in enumerate(answers):
            (folder / run / "training" / f"class{place + 1:02}.png").write_bytes(png(drawings[place]))
            (folder / run / "test" / f"item{place + 1:02}.png").write_bytes(png(drawings[answer]))
            lines.append(f"{run}/test/item{place + 1:02}.png {run}/training/class{answer + 1:02}.png")
        (folder / run / "class_labels.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The official test, unpacked; not to be changed."""
    folder = tmp_path_factory.mktemp("runs")
    write_runs(folder, np.random.default_rng(0))
    return folder


def recalling(ways: int = 20) -> OneShot:
    """A model that compares features and nothing else."""
    model = OneShot(ways, 16, ConnectionsConfig(rule="oja", alpha="scalar", eta_start=1.0, alpha_gain=80.0), seed=0)
    with torch.no_grad():
        model.readout.connections.fixed.zero_()
        # so that a drawing is nearest to itself by the product: a length of one for all
        embed = model.embedding.forward
        model.embedding.forward = lambda images: functional.normalize(embed(images), dim=-1)  # type: ignore[method-assign]
    return model


def test_the_official_runs_are_scored(written: Path, tmp_path: Path) -> None:
    errors = score(recalling(), written)
    assert list(errors) == [f"run{number:02}" for number in range(1, 21)]
    assert set(errors.values()) == {0.0}

    # five items of run 3 change their answers in a ring: five errors of twenty
    labels = written / "run03" / "class_labels.txt"
    pairs = [line.split() for line in labels.read_text().splitlines()]
    turned = [pairs[(place + 1) % 5][1] if place < 5 else pair[1] for place, pair in enumerate(pairs)]
    with zipfile.ZipFile(tmp_path / "all_runs.zip", "w") as archive:
        for path in written.glob("run*/**/*.*"):
            if path != labels:
                archive.write(path, path.relative_to(written))
        lines = (f"{item} {answer}" for (item, _), answer in zip(pairs, turned, strict=True))
        archive.writestr("run03/class_labels.txt", "\n".join(lines))
    errors = score(recalling(), tmp_path)
    assert {name: error for name, error in errors.items() if error} == {"run03": pytest.approx(0.25)}


def test_what_is_wrong_with_runs_is_told_in_one_line(written: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="20-way, this model is 5-way"):
        score(recalling(5), tmp_path)
    with pytest.raises(DataMissing, match="no run01 and no all_runs"):
        score(recalling(), tmp_path)
    (tmp_path / "all_runs.zip").write_bytes(b"no")
    with pytest.raises(DataUnusable, match="no whole zip"):
        score(recalling(), tmp_path)
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    item, labels = tmp_path / "run02" / "test" / "item07.png", tmp_path / "run01" / "class_labels.txt"
    content = item.read_bytes()
    item.unlink()
    with pytest.raises(DataMissing, match=r"no run02/test/item07\.png in"):
        score(recalling(), tmp_path)
    item.write_bytes(content[:40])
    with pytest.raises(DataUnusable, match=r"run02/test/item07\.png is no PNG"):
        score(recalling(), tmp_path)
    item.write_bytes(content)
    lines = labels.read_text().splitlines()
    labels.write_text("\n".join(lines[:-1]))
    with pytest.raises(DataUnusable, match="asks for 19 items of 19"):
        score(recalling(), tmp_path)
    for wrong in ("run01/test/../item01.png run01/training/class01.png", "run01/test/item01.png", "a b"):
        labels.write_text("\n".join([wrong, *lines[1:]]))
        with pytest.raises(DataUnusable, match=r"line 1 of run01/class_labels\.txt is .*, not"):
            score(recalling(), tmp_path)
