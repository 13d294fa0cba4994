"""Whether a hyperparameter is used, as far as a metric shows it that may vary, or that is tolerated to."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from conformance.values.job import Job
from conformance.values.verdict import Outcome
from tests.judge.evidence import MANIFEST, Behaviour, Change, judged, with_metric

USED = "config.hyperparameters-used"
OBSERVABLE = MANIFEST.replace(b"tolerance = 1e-3", b"tolerance = 0.05").replace(
    b"tested = [1, 3]", b"tested = [1, 3]\nobservable = true"
)

Loss = Callable[[int, random.Random], float]


def image(loss: Loss, seed: int = 0) -> Behaviour:
    """An image whose loss is made of the epochs, and of chance, which is another in each run."""

    def behaviour(job: Job) -> Change | None:
        if job.fault is not None:
            return None
        epochs = int(dict(job.hyperparameters).get("epochs", 1))
        return with_metric("loss", loss(epochs, random.Random(f"{job.digest} {seed}")))

    return behaviour


def rounded(chance: random.Random) -> float:
    """What an image without a seed prints with two digits."""
    return chance.choices([0.68, 0.69, 0.70], [1, 4, 1])[0]


def test_a_loss_that_varies_in_its_last_digit_says_nothing_of_a_hyperparameter() -> None:
    ignoring = [image(lambda _epochs, chance: rounded(chance), seed) for seed in range(40)]
    outcomes = Counter(judged(USED, each, OBSERVABLE).outcome for each in ignoring)
    assert outcomes[Outcome.PASSED] == 0, outcomes


@pytest.mark.parametrize(
    "loss",
    [
        lambda epochs, _chance: 0.69 - 0.1 * epochs,
        lambda epochs, chance: rounded(chance) - 0.1 * epochs,
        # Within its tolerance, but the same each time.
        lambda epochs, _chance: 0.69 - 0.001 * epochs,
    ],
)
def test_a_loss_that_shows_the_hyperparameter(loss: Loss) -> None:
    for seed in range(5):
        assert judged(USED, image(loss, seed), OBSERVABLE).outcome is Outcome.PASSED


def test_a_hyperparameter_that_is_ignored() -> None:
    assert judged(USED, image(lambda _epochs, _chance: 0.69), OBSERVABLE).outcome is Outcome.FAILED


def test_a_loss_that_varies_by_more_than_its_tolerance_says_nothing() -> None:
    assert judged(USED, image(lambda _epochs, chance: chance.random()), OBSERVABLE).outcome is not Outcome.PASSED
