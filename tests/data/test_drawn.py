"""What the plan draws for columns that are hard to draw for."""

from __future__ import annotations

import re

import pytest

from conformance.manifest import LoadedManifest, read_manifest
from conformance.plan import PlanError, draw_plan


def manifest(column: str, channel: str = "") -> LoadedManifest:
    text = f"""
schema_version = 1
[algorithm]
name = "drawn"
[channels.train]
{channel}
[[channels.train.columns]]
name = "c"
{column}
[[channels.train.columns]]
name = "x"
type = "double"
"""
    return read_manifest(text.encode(), "algorithm.toml", lambda name: b"", "option", "algorithm.toml")


def words(column: str, seed: int) -> tuple[str, ...]:
    plan = draw_plan(manifest(column), size="gate", seed=seed)
    return dict(plan.baseline.data[0].words)["c"]


@pytest.mark.parametrize("pattern", [r"\d{5}", r"\w+", "[A-Z]{2}", ".*", "[äöü]{3}", "(19|20)[0-9]{2}"])
def test_words_match_their_pattern_and_are_not_one_word(pattern: str) -> None:
    for seed in range(2):
        drawn = words(f"type = 'string'\npattern = '{pattern}'", seed)
        assert all(re.fullmatch(pattern, word) for word in drawn)
        assert len(set(drawn)) > 1
        if "ä" not in pattern:
            assert all(word.isascii() for word in drawn)
    assert not {"NA", "NO", "ON"} & set(drawn)


def test_a_pattern_that_nothing_matches_is_a_message() -> None:
    with pytest.raises(PlanError, match=r"algorithm.toml: channels.train.columns \(c\) pattern .*list values"):
        words("type = 'string'\npattern = '(?=.*[a-z])(?=.*[0-9]).{8}(?!x)y(?<!y)'", 0)


def test_a_channel_of_one_row_does_not_hide_the_layouts_of_another() -> None:
    text = (
        manifest("type = 'double'").text
        + b"""
[channels.one]
min_rows = 1
max_rows = 1
[[channels.one.columns]]
name = "k"
type = "double"
"""
    )
    loaded = read_manifest(text, "algorithm.toml", lambda name: b"", "option", "algorithm.toml")
    plan = draw_plan(loaded, size="gate", seed=0)
    assert {"several", "nested", "mixed"} <= {job["partition"] for job in plan.jobs}
