"""The networks that come with the package: whole, small, what their place says, and as good as their cards say."""

from __future__ import annotations

from pathlib import Path

import pytest

from plastic_core import shipped
from plastic_core.tasks.catalogue import TASKS
from plastic_core.train import checkpoint, loading
from plastic_core.train.evaluation import each, means

PLACES = sorted(path.parent for path in shipped.HERE.rglob(checkpoint.CARD))
LARGEST_BYTES = 20_000_000
EPISODES = 60
TOLERANCE = 6.0
"""Standard errors of the card's figure, as they would be over EPISODES."""


def test_every_experiment_has_a_network_of_its_claim() -> None:
    assert all(next(iter(task.arms)) in shipped.arms(name) for name, task in TASKS.items())


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.parent.name}-{place.name}")
def test_a_shipped_network_is_whole_small_and_where_it_belongs(place: Path) -> None:
    plan, _, progress = loading.load(place)
    card = checkpoint.read_card(place)
    assert (plan.name, plan.arm) == (place.parent.name, place.name)
    assert sum(path.stat().st_size for path in place.iterdir()) <= LARGEST_BYTES
    assert progress.seconds > 0
    assert not str(card["commit"]).endswith("-dirty")
    assert card["evaluation"]["seed"] != card["settings"]["evaluate_seed"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "place",
    [place for place in PLACES if place.parent.name not in ("images", "omniglot")],
    ids=lambda place: place.name,
)
def test_a_shipped_network_does_as_well_as_its_card_says(place: Path) -> None:
    plan, learner, _ = loading.load(place)
    told, name = checkpoint.read_card(place)["evaluation"], plan.task.metrics[0].name
    found = means(each(plan, learner, EPISODES, seed=7))[name]
    error = told["standard_errors"][name] * (told["episodes"] / EPISODES) ** 0.5
    assert found == pytest.approx(told["metrics"][name], abs=TOLERANCE * error)
