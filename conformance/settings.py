"""The settings of a session, from the command line, the environment and the ini file, in this order."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from conformance.manifest.model import Target
from conformance.values.verdict import Level

Size = Literal["smoke", "gate", "full"]
Pull = Literal["missing", "always", "never"]
SIZES: tuple[Size, ...] = get_args(Size)
PULLS: tuple[Pull, ...] = get_args(Pull)
TARGETS: tuple[Target, ...] = get_args(Target)


class SettingError(Exception):
    """A setting cannot be used. The message names the option, what was found and what would be right."""


@dataclass(frozen=True)
class Option:
    """One option of the command line; with ``twins`` it can also be set by a variable and in the ini file."""

    name: str
    default: str
    help: str
    twins: bool = True
    metavar: str | None = None

    @property
    def flag(self) -> str:
        """The option as it is written on the command line."""
        return f"--contract-{self.name}"

    @property
    def dest(self) -> str:
        """The name under which pytest keeps it, and that of its ini twin."""
        return f"contract_{self.name.replace('-', '_')}"

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"PYTEST_{self.dest.upper()}"


OPTIONS: tuple[Option, ...] = (
    Option("manifest", "", "the image's manifest, algorithm.toml (default: in the image, else generic)", False, "FILE"),
    Option("size", "gate", "how many runs: smoke, gate or full (default: gate)"),
    Option("level", "should", "the lowest level whose violation fails: must or should (default: should)"),
    Option(
        "targets", "", "only these targets, of local, sagemaker, clean-rooms (default: the manifest's)", True, "LIST"
    ),
    Option("waivers", "", "a TOML file of waivers", False, "FILE"),
    Option("workers", "auto", "runs at a time: a number, or auto (default: auto, by cores and memory)", True, "N|auto"),
    Option("seed", "0", "the plan's seed: a number, or random (default: 0)", True, "N|random"),
    Option("report", "contract-report", "where the report goes, or none (default: contract-report)", True, "DIR|none"),
    Option("pull", "missing", "pull the image: missing, always or never (default: missing)"),
    Option("max-memory", "4", "cap on the manifest's memory, in GB (default: 4)", True, "GB"),
    Option("max-time", "10", "cap on one run, in minutes (default: 10)", True, "MINUTES"),
    Option("certificate", "", "where a certificate goes; needs --contract-size=full and a manifest", False, "FILE"),
    Option("sign-key", "", "a private key in PEM that signs the certificate", False, "FILE"),
    Option("replay", "", "run a saved counterexample again: fixed, still failing or not testable", False, "DIR"),
    Option("budget", "", "cap on the session, in minutes: what is not run by then is not judged", True, "MINUTES"),
)


@dataclass(frozen=True)
class Settings:
    """Everything a user can set. Times are in seconds, memory is in GB = 10⁹ bytes."""

    image: str
    manifest: Path | None
    size: Size
    level: Level
    targets: tuple[Target, ...] | None
    waivers: Path | None
    workers: str
    seed: int
    report: Path | None
    pull: Pull
    max_memory_gb: float
    max_time_s: float
    budget_s: float | None
    diagnose_network: bool
    certificate: Path | None = None
    sign_key: Path | None = None
    replay: Path | None = None


Look = Callable[[str], Any]


def read_settings(
    image: str,
    option: Look,
    ini: Look,
    environment: Mapping[str, str],
    directory: Path,
    ini_directory: Path,
    random_seed: Callable[[], int],
) -> Settings:
    """Return the settings. ``option`` and ``ini`` look a value up by ``Option.dest``; None or "" means not given.

    Paths of the command line and of variables are relative to ``directory``, those of the ini file to
    ``ini_directory``.
    """
    chosen = {o.name: _choose(o, option, ini, environment) for o in OPTIONS}
    report = chosen["report"].text
    seed = chosen["seed"]
    _can_certify(chosen)
    if chosen["replay"].text:
        _can_replay(chosen)
        # What a whole session found must not be lost for one counterexample.
        report = "none"
    return Settings(
        image=image,
        manifest=_path(chosen["manifest"], directory, ini_directory),
        size=cast("Size", _one_of(chosen["size"], SIZES)),
        level=Level(_one_of(chosen["level"], ("must", "should"))),
        targets=_targets(chosen["targets"]),
        waivers=_path(chosen["waivers"], directory, ini_directory),
        workers=_workers(chosen["workers"]),
        seed=random_seed() if seed.text == "random" else _whole(seed, "a whole number of 0 or more, or random"),
        report=None if report == "none" else _path(chosen["report"], directory, ini_directory),
        pull=cast("Pull", _one_of(chosen["pull"], PULLS)),
        max_memory_gb=_positive(chosen["max-memory"], "GB"),
        max_time_s=60 * _positive(chosen["max-time"], "minutes"),
        budget_s=60 * _positive(chosen["budget"], "minutes") if chosen["budget"].text else None,
        diagnose_network=bool(option("contract_diagnose_network")),
        certificate=_path(chosen["certificate"], directory, ini_directory),
        sign_key=_path(chosen["sign-key"], directory, ini_directory),
        replay=_path(chosen["replay"], directory, ini_directory),
    )


@dataclass(frozen=True)
class _Chosen:
    """A setting's text, and where it was found, for messages. ``given`` says that it was on the command line."""

    text: str
    where: str
    from_ini: bool = False
    given: bool = False


def _choose(option: Option, look: Look, ini: Look, environment: Mapping[str, str]) -> _Chosen:
    if not option.twins and look(option.dest) == "":
        # What is named by a variable that is not set must not be left out silently.
        raise SettingError(f"{option.flag}: found nothing, should be a {option.metavar}")
    if (given := look(option.dest)) not in (None, ""):
        return _Chosen(str(given), option.flag, given=True)
    if option.twins and (variable := environment.get(option.variable)):
        return _Chosen(variable, option.variable)
    if option.twins and (written := ini(option.dest)) not in (None, ""):
        return _Chosen(str(written), f"{option.dest} in the ini file", from_ini=True)
    return _Chosen(option.default, option.flag)


def _can_certify(chosen: Mapping[str, _Chosen]) -> None:
    """Say before anything is run what a certificate would lack in the end."""
    if not chosen["certificate"].text:
        if chosen["sign-key"].text:
            raise SettingError("--contract-sign-key: there is nothing to sign without --contract-certificate=FILE")
        return
    if chosen["size"].text != "full":
        size = chosen["size"]
        raise SettingError(f"{size.where}: found {size.text!r}, should be 'full' for a certificate")
    if not chosen["manifest"].text:
        raise SettingError("--contract-manifest: should name the certifier's manifest for a certificate, found none")
    if (targets := chosen["targets"]).text:
        raise SettingError(f"{targets.where}: found {targets.text!r}, should be left out for a certificate")


def _can_replay(chosen: Mapping[str, _Chosen]) -> None:
    """Refuse what a replay would not do."""
    given = [name for name in ("size", "targets", "waivers", "seed", "report", "certificate") if chosen[name].given]
    if given:
        raise SettingError(f"--contract-{given[0]}: cannot be given with --contract-replay, which has its own or none")


def _path(chosen: _Chosen, directory: Path, ini_directory: Path) -> Path | None:
    if not chosen.text:
        return None
    return (ini_directory if chosen.from_ini else directory) / os.path.expanduser(chosen.text)  # noqa: PTH111


def _one_of(chosen: _Chosen, values: tuple[str, ...]) -> str:
    if chosen.text not in values:
        raise SettingError(f"{chosen.where}: found {chosen.text!r}, should be one of {', '.join(values)}")
    return chosen.text


def _targets(chosen: _Chosen) -> tuple[Target, ...] | None:
    if not chosen.text:
        return None
    named = [part.strip() for part in chosen.text.split(",")]
    for name in named:
        if name not in TARGETS:
            raise SettingError(f"{chosen.where}: found {name!r}, should be one or more of {', '.join(TARGETS)}")
    return tuple(target for target in TARGETS if target in named)


def _workers(chosen: _Chosen) -> str:
    if chosen.text != "auto" and _whole(chosen, "a whole number of 1 or more, or auto") < 1:
        raise SettingError(f"{chosen.where}: found {chosen.text!r}, should be a whole number of 1 or more, or auto")
    return chosen.text


def _whole(chosen: _Chosen, right: str) -> int:
    if not (chosen.text.isascii() and chosen.text.isdigit() and len(chosen.text) <= 18):
        raise SettingError(f"{chosen.where}: found {chosen.text!r}, should be {right}")
    return int(chosen.text)


def _positive(chosen: _Chosen, unit: str) -> float:
    try:
        number = float(chosen.text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise SettingError(f"{chosen.where}: found {chosen.text!r}, should be a number of {unit} above 0")
    return number
