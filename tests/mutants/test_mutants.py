"""Every rule is broken by a trainee that conforms in everything else, and the suite says so, and only so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from conformance.judge import RULES
from tests.conftest import Suite
from tests.mutants.matrix import BY_CHANCE, CERTAIN, first_of_each_rule, options
from tests.mutants.repeat import not_repeated
from tests.mutants.seen import only_warns, seen_of, wrong
from tests.trainees.images import CONFORMING, TORCH_STYLES
from tests.trainees.mutants import MUTANTS


def test_every_rule_has_a_mutant() -> None:
    assert {mutant.rule for mutant in MUTANTS.values()} >= set(RULES)


def run_each_time() -> set[str]:
    """The mutants that every run of the tests can afford: those that the smallest plan shows, one of other areas."""
    quick = [name for name in MUTANTS if name in CERTAIN and not MUTANTS[name].slow and MUTANTS[name].size != "full"]
    area_of = {name: RULES[MUTANTS[name].rule].info.area for name in quick}
    shown_by_few = {name for name in quick if MUTANTS[name].size == "smoke"}
    others = {area: name for name, area in reversed(area_of.items())}
    return shown_by_few | {others[area] for area in others.keys() - {area_of[name] for name in shown_by_few}}


def named(names: Iterable[str]) -> Iterator[object]:
    """Names of mutants as parameters, those that not every run can afford marked."""
    quick = run_each_time()
    for name in names:
        yield pytest.param(name, marks=() if name in quick else pytest.mark.matrix)


@pytest.mark.parametrize("name", list(named(CERTAIN)))
def test_a_mutant_is_reported_by_its_rule(name: str, suite: Suite, trainee: Callable[[str], str]) -> None:
    mutant = MUTANTS[name]
    found = suite(f"--image={trainee(name)}", f"conformance::{mutant.rule}", *options(mutant, mutant.size))
    warns = only_warns(mutant)
    # Where nothing passes, or the plain job does not train and only a warning says why, nothing is certain.
    expected = (0, 5, 6) if warns and not found.rules("failed") else (1,)
    assert found.exit_code in expected, found.output
    assert not list(wrong(seen_of(name, mutant.size, found))), found.output
    folder = found.directory / "contract-report" / "counterexamples" / mutant.rule
    told = (folder / "README.md").read_text() if warns else found.output
    assert RULES[mutant.rule].info.hint.split()[0] in told
    # Of one mutant a rule the counterexample is repeated outside pytest too.
    if name in first_of_each_rule() and not mutant.slow:
        assert not (said := not_repeated(folder)), said


SLOW_TO_START = ("frames", *(f"torch-{style}" for style in TORCH_STYLES))


# What is said of `static` is looked at in tests/plugin.
@pytest.mark.parametrize("name", [name for name in CONFORMING if name not in (*SLOW_TO_START, "static")])
def test_a_conforming_trainee_is_conformant(name: str, suite: Suite, trainee: Callable[[str], str]) -> None:
    found = suite(f"--image={trainee(name)}", "--contract-size=gate")
    assert found.exit_code == 0, found.output
    assert found.report is not None
    assert found.report["verdict"] == "conformant"
    assert not found.rules("failed") | found.rules("warned") | found.rules("error")
    assert found.rules("not-judged") == {rule.id for rule in RULES.values() if rule.size == "full"}


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("frames", "smoke"),
        pytest.param("torch-pandas", "smoke", marks=pytest.mark.matrix),
        *(pytest.param(name, "gate", marks=pytest.mark.matrix) for name in SLOW_TO_START),
    ],
)
def test_ways_to_train_that_break_nothing(name: str, size: str, suite: Suite, trainee: Callable[[str], str]) -> None:
    found = suite(f"--image={trainee(name)}", f"--contract-size={size}")
    assert found.exit_code == 0, found.output
    assert not found.rules("failed") | found.rules("error")


def test_an_image_that_needs_directories_of_its_user_is_judged_in_all_else(
    suite: Suite, trainee: Callable[[str], str]
) -> None:
    found = suite(
        f"--image={trainee('user-nobody')}",
        "--contract-size=gate",
        "-k",
        "user or model-dir or channel-dir or unchanged",
    )
    assert found.rules("warned") == {"resources.user"}, found.output
    assert not found.rules("failed") | found.rules("error"), found.output
    assert found.rules("passed") >= {"environment.model-dir", "environment.channel-dir", "channels.unchanged"}


def test_what_fails_one_time_in_three_is_said_to(suite: Suite, trainee: Callable[[str], str]) -> None:
    for _ in range(4):
        found = suite(f"--image={trainee(BY_CHANCE)}", "--contract-size=gate", "-k", "same-outcome or ingestion.n")
        assert not found.rules("error"), found.output
        # One time in 27 the plain job fails each time that it is tried, as that of an image does that never trains.
        if found.exit_code != 6:
            break
    assert found.exit_code == 1, found.output
    assert "artifacts.same-outcome" in found.rules("failed"), found.output
