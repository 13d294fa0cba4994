"""Settings: the command line before a variable before the ini file, and a message for every wrong one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.settings import OPTIONS, Option, SettingError, Settings, read_settings
from conformance.values.verdict import Level
from tests.conftest import Suite
from tests.plugin.conftest import NO_ENGINE

DEFAULTS = Settings(
    image="any",
    manifest=None,
    size="gate",
    level=Level.SHOULD,
    targets=None,
    waivers=None,
    workers="auto",
    seed=0,
    report=Path("/here/contract-report"),
    pull="missing",
    max_memory_gb=4.0,
    max_time_s=600.0,
    budget_s=None,
    diagnose_network=False,
)
TWINS = [option for option in OPTIONS if option.twins]
# What a process can be given: any bytes but NUL.
ANY_TEXT = st.binary(max_size=20).map(lambda b: os.fsdecode(b.replace(b"\0", b"")))
WRONG = {
    "size": ["big", "GATE", "smoke,gate"],
    "level": ["may", "MUST", "error"],
    "targets": ["aws", "local,", "local;sagemaker"],
    "workers": ["0", "-1", "two", "1.5", "9999999999999999999"],
    "seed": ["-1", "x", "1.0", "٣"],
    "pull": ["no", "if-missing"],
    "max-memory": ["0", "-1", "4GB", "nan", "inf", "1e400"],
    "max-time": ["0", "ten", "-0.1", "nan"],
    "budget": ["0", "5m", "inf"],
}


def read(
    command_line: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    ini: Mapping[str, str] | None = None,
) -> Settings:
    """The settings for options that are given by their names."""
    by_dest = {option.dest: option.name for option in OPTIONS}
    return read_settings(
        "any",
        lambda dest: (command_line or {}).get(by_dest.get(dest, "")),
        lambda dest: (ini or {}).get(by_dest.get(dest, ""), ""),
        {f"PYTEST_CONTRACT_{name.upper().replace('-', '_')}": value for name, value in (variables or {}).items()},
        Path("/here"),
        Path("/project"),
        lambda: 42,
    )


def test_defaults() -> None:
    assert read() == DEFAULTS


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("size", "smoke", "size", "smoke"),
        ("level", "must", "level", Level.MUST),
        ("targets", "clean-rooms, local", "targets", ("local", "clean-rooms")),
        ("workers", "3", "workers", "3"),
        ("seed", "7", "seed", 7),
        ("seed", "random", "seed", 42),
        ("report", "none", "report", None),
        ("report", "/there", "report", Path("/there")),
        ("pull", "never", "pull", "never"),
        ("max-memory", "0.5", "max_memory_gb", 0.5),
        ("max-time", "2", "max_time_s", 120.0),
        ("budget", "0.5", "budget_s", 30.0),
    ],
)
def test_each_place_sets_it(name: str, text: str, field: str, value: object) -> None:
    expected = replace(DEFAULTS, **{field: value})  # type: ignore[arg-type]
    assert read(command_line={name: text}) == expected
    assert read(variables={name: text}) == expected
    assert read(ini={name: text}) == expected


def test_the_command_line_comes_before_a_variable_before_the_ini_file() -> None:
    assert read({"seed": "1"}, {"seed": "2"}, {"seed": "3"}).seed == 1
    assert read({}, {"seed": "2"}, {"seed": "3"}).seed == 2
    assert read({}, {"seed": ""}, {"seed": "3"}).seed == 3


def test_paths_are_relative_to_where_they_are_written() -> None:
    assert read({"report": "r"}).report == Path("/here/r")
    assert read({}, {"report": "r"}).report == Path("/here/r")
    assert read({}, {}, {"report": "r"}).report == Path("/project/r")
    assert read({"manifest": "a.toml", "waivers": "~/w.toml"}).waivers == Path("~/w.toml").expanduser()


def test_what_would_be_dangerous_if_forgotten_cannot_be_set_elsewhere() -> None:
    elsewhere = {"manifest": "m.toml", "waivers": "w.toml", "certificate": "c.json", "sign-key": "k.pem", "replay": "d"}
    assert read({}, elsewhere, elsewhere) == DEFAULTS
    assert [option.name for option in OPTIONS if not option.twins] == list(elsewhere)


def test_a_certificate_needs_a_manifest_and_full_size() -> None:
    whole = {"certificate": "c.json", "size": "full", "manifest": "m.toml", "sign-key": "k.pem"}
    found = read(whole)
    assert (found.certificate, found.sign_key) == (Path("/here/c.json"), Path("/here/k.pem"))
    for left_out, told in (
        ("size", "--contract-size"),
        ("manifest", "--contract-manifest"),
        ("certificate", "--contr"),
    ):
        with pytest.raises(SettingError, match=f"^{told}"):
            read({name: text for name, text in whole.items() if name != left_out})
    with pytest.raises(SettingError, match=r"^PYTEST_CONTRACT_TARGETS: found 'local', should be left out"):
        read(whole, {"targets": "local"})


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WRONG.items() for text in texts])
def test_a_wrong_setting_is_told(name: str, text: str) -> None:
    places: list[tuple[Callable[[], Settings], str]] = [
        (lambda: read(command_line={name: text}), f"--contract-{name}: "),
        (lambda: read(variables={name: text}), f"PYTEST_CONTRACT_{name.upper().replace('-', '_')}: "),
        (lambda: read(ini={name: text}), f"contract_{name.replace('-', '_')} in the ini file: "),
    ]
    for reading, beginning in places:
        with pytest.raises(SettingError, match=f"^{re.escape(beginning)}found .*, should be "):
            reading()


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
@given(text=ANY_TEXT | st.floats().map(str) | st.integers().map(str))
def test_any_text_is_a_setting_or_told(option: Option, text: str) -> None:
    name = option.name
    for place in ("command_line", "variables", "ini"):
        try:
            settings = read(**{place: {name: text}})
        except SettingError:
            continue
        assert settings.max_memory_gb > 0
        assert settings.max_time_s > 0
        assert settings.budget_s is None or settings.budget_s > 0
        assert settings.workers == "auto" or int(settings.workers) > 0
        assert settings.seed >= 0


def test_options_are_in_the_help(suite: Suite) -> None:
    help_text = suite("--help").output
    for flag in ["--image", "--contract-image", "--contract-diagnose-network", *(option.flag for option in OPTIONS)]:
        assert re.search(rf"^  {flag}[ =]?", help_text, re.MULTILINE), flag
    for option in TWINS:
        assert re.search(rf"^  {option.dest} \(string\)", help_text, re.MULTILINE), option.dest


@pytest.mark.parametrize(
    ("arguments", "env", "ini", "message"),
    [
        (("--image=",), {}, "", "--image: found nothing, should be the URI of an image"),
        (("--image= ",), {}, "", "--image: found nothing, should be the URI of an image"),
        (("--image=any", "--contract-size=big"), {}, "", "--contract-size: found 'big', should be one of smoke, gate"),
        (("--image=any",), {"PYTEST_CONTRACT_SEED": "x"}, "", "PYTEST_CONTRACT_SEED: found 'x', should be a whole"),
        (("--image=any",), {}, "contract_level = may", "contract_level in the ini file: found 'may', should be one of"),
        (("--image=any", "-n", "2"), {}, "", "use --contract-workers"),
        (("--image=any", "--dist=load", "--tx=2*popen"), {}, "", "use --contract-workers"),
    ],
)
def test_a_wrong_setting_is_a_usage_error(
    suite: Suite, tmp_path: Path, arguments: tuple[str, ...], env: Mapping[str, str], ini: str, message: str
) -> None:
    (tmp_path / "pytest.ini").write_text(f"[pytest]\n{ini}\n")
    outcome = suite(*arguments, env=NO_ENGINE | dict(env))
    assert outcome.exit_code == 4
    assert message in outcome.output
    assert "Traceback" not in outcome.output
    assert outcome.report is None


def test_every_place_counts(suite: Suite, tmp_path: Path, static: str) -> None:
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\ncontract_size = smoke\ncontract_level = must\ncontract_seed = 1\ncontract_workers = 1\n"
    )
    outcome = suite(
        f"--image={static}",
        "--contract-seed=3",
        "-k=exec-form",
        env={"PYTEST_CONTRACT_SEED": "2", "PYTEST_CONTRACT_LEVEL": "should", "PYTEST_CONTRACT_TARGETS": "local"},
    )
    report = outcome.report
    assert report is not None, outcome.output
    assert [report[key] for key in ("size", "level", "seed", "targets")] == ["smoke", "should", 3, ["local"]]
    assert report["runs"]["workers"] == 1
