"""The table of what was seen, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.mutants.seen import Seen, keep, kept, kept_at, wrong
from tests.mutants.table import as_markdown

_MODEL = Seen("model-none", "gate", "failed", 95, failed=("artifacts.model",), runs=188, wall_s=45.2, examples=1)
_SMALL = Seen("small", "gate", "conformant", 95, runs=188, wall_s=44.8)


def test_it_has_a_line_a_trainee() -> None:
    unseen = replace(_MODEL, size="smoke", outcome="passed", failed=(), examples=0)
    text = as_markdown({"small": {"gate": _SMALL}, "model-none": {"gate": _MODEL, "smoke": unseen}})
    assert "\n| small | gate | 188 | 45 | – | – |\n" in text
    assert "\n| smoke | 1 | 0 |\n| gate | 1 | 1 |\n| full | 1 | 1 |\n" in text
    assert "\n| size | run, of 1 | seen |\n" in text
    assert "\nSeen at no size: none.\n\nFalse alarms above `may`: none.\n" in text
    assert "\nAll this took 3 sessions with 564 runs.\n" in text
    assert "\nOf 1 counterexamples reproduce.sh repeated 1.\n" in text
    (line,) = [line for line in text.splitlines() if line.startswith("| artifacts.model |")]
    assert line.endswith("| – | failed |  |  | 188 | 0 |")


def test_it_says_what_should_not_be_so() -> None:
    alarm = replace(_SMALL, failed=("logs.stdio",))
    other = replace(_MODEL, outcome="passed", failed=("stop.sigterm",))
    text = as_markdown({"small": {"gate": alarm}, "model-none": {"gate": other}, "privacy-logs-head": {}})
    assert "\n| size | run, of 2 | seen |\n" in text
    assert "\nSeen at no size: model-none, privacy-logs-head.\n" in text
    assert "\nFalse alarms above `may`: small at gate (logs.stdio); model-none at gate (stop.sigterm).\n" in text
    (line,) = [line for line in text.splitlines() if "| model-none |" in line]
    assert "| **stop.sigterm** |" in line


@pytest.mark.parametrize(
    ("seen", "mistakes"),
    [
        (_MODEL, []),
        (_SMALL, []),
        (replace(_MODEL, outcome="passed", failed=()), ["artifacts.model passed, should be failed"]),
        (replace(_MODEL, failed=("artifacts.model", "stop.sigterm")), ["failed too: stop.sigterm"]),
        (replace(_MODEL, errors=("logs.stdio",)), ["error: logs.stdio"]),
        (replace(_MODEL, runs_spent=26), ["26 runs to minimise"]),
        (replace(_MODEL, not_repeated=("a.b: exit code 1",)), ["not repeated: a.b: exit code 1"]),
        (replace(_MODEL, differences=("one", "another")), ["2 differences"]),
        (replace(_SMALL, outcome="nonconformant", failed=("logs.stdio",)), ["nonconformant: logs.stdio"]),
    ],
)
def test_what_should_not_be_so(seen: Seen, mistakes: list[str]) -> None:
    assert list(wrong(seen)) == mistakes


def test_what_was_seen_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = kept_at("model-none", "training-container-conformance/trainee-model-none:0123456789abcdef", "gate", 95)
    assert kept(path) is None
    keep(_MODEL, path)
    assert kept(path) == _MODEL
