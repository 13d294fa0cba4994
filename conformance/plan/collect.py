"""Drawing from a Hypothesis strategy without running a test, and so that nothing but the seed decides what is drawn.

Hypothesis makes constants that it finds in the modules a user has imported part of its draws. A plan that is to be
the same everywhere cannot have that, so the draws come from a provider without them. Nor may a plan leave traces:
there is no example database, and Hypothesis' home is a temporary directory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, Verbosity, configuration, given, seed, settings
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.strategies import SearchStrategy

_Drawn = TypeVar("_Drawn")
_BACKEND = "training-container-conformance"


class ConstantFreeProvider(HypothesisProvider):
    """Hypothesis' own provider, but for the constants of the modules that happen to be imported."""

    def _maybe_draw_constant(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def draw_one(strategy: SearchStrategy[_Drawn], seed_: int) -> _Drawn:
    """Return one value of a strategy, the same for the same seed and the same version of Hypothesis."""
    drawn: list[_Drawn] = []
    with _temporary_home(), _registered_backend():
        # The first example is always the simplest one; the second is the first that the seed decides.
        @seed(seed_)
        @settings(
            backend=_BACKEND,
            database=None,
            deadline=None,
            derandomize=False,
            max_examples=2,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )
        @given(strategy)
        def collect(value: _Drawn) -> None:
            drawn.append(value)

        collect()
    return drawn[-1]


@contextmanager
def _registered_backend() -> Iterator[None]:
    AVAILABLE_PROVIDERS[_BACKEND] = ConstantFreeProvider
    try:
        yield
    finally:
        del AVAILABLE_PROVIDERS[_BACKEND]


@contextmanager
def _temporary_home() -> Iterator[None]:
    before = getattr(configuration, "__hypothesis_home_directory", None)
    with tempfile.TemporaryDirectory(prefix="conformance-plan-") as home:
        configuration.set_hypothesis_home_dir(Path(home))
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(before)
