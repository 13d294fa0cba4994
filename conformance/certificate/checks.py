"""What a certificate has to hold for: an image, now, and for whoever reads it here. No I/O."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.certificate.statement import PREDICATE_TYPE, REPORT_KEY, STATEMENT_TYPE
from conformance.report.json_report import SCHEMA_VERSION

_LISTS = {"passedTests": ("passed",), "warnedTests": ("warned", "waived"), "failedTests": ("failed",)}
_SPOILED = ("failed", "error")


@dataclass(frozen=True)
class Circumstances:
    """What a certificate is held against: the image as it is, the version and the rules of this package, the time.

    ``max_age_days`` is how old it may be at most.
    """

    config_digest: str
    version: str
    rules: Sequence[str]
    now: dt.datetime
    max_age_days: int


def problems(statement: Mapping[str, Any], here: Circumstances) -> Iterator[str]:
    """Yield what does not hold, each as a sentence; nothing if the certificate holds.

    Raises KeyError, TypeError, ValueError or AttributeError where the statement is no certificate of ours.
    """
    kinds = (statement["_type"], statement["predicateType"])
    if kinds != (STATEMENT_TYPE, PREDICATE_TYPE):
        yield f"it is a statement of another kind: {' '.join(map(str, kinds))}"
        return
    predicate = statement["predicate"]
    report = predicate[REPORT_KEY]
    if report["schema_version"] != SCHEMA_VERSION:
        yield f"its report has schema_version {report['schema_version']!r}, and {SCHEMA_VERSION} is read here"
        return
    yield from _of_subject(statement, report, here)
    yield from _of_versions(report, here)
    yield from _of_outcomes(predicate, report)
    yield from _of_time(report, here)


def _of_subject(statement: Mapping[str, Any], report: Mapping[str, Any], here: Circumstances) -> Iterator[str]:
    digests = [f"sha256:{subject['digest']['sha256']}" for subject in statement["subject"]]
    if report["image"]["config_digest"] not in digests:
        yield "its subject is another image than that of its report"
    if here.config_digest not in digests:
        yield f"the image is {here.config_digest}, and the certificate is of {' '.join(digests)}"


def _of_versions(report: Mapping[str, Any], here: Circumstances) -> Iterator[str]:
    given_by = str(report["tool"]["version"])
    if _numbers(given_by) < _numbers(here.version):
        yield f"it was given by version {given_by}, which is older than {here.version}"
    if unknown := sorted(set(here.rules) - {rule["id"] for rule in report["rules"]}):
        yield f"it says nothing of {', '.join(unknown)}"


def _of_outcomes(predicate: Mapping[str, Any], report: Mapping[str, Any]) -> Iterator[str]:
    if (report["verdict"], report["exit_code"]) != ("conformant", 0):
        yield f"the verdict is {report['verdict']}, exit code {report['exit_code']}"
    if report["size"] != "full" or report["partial"] or report["relaxed"]:
        yield "not every rule was asked for, or not at full size, or only of a job that was made easier"
    if report["manifest"]["source"] != "option":
        yield "the manifest was not the certifier's"
    for rule in report["rules"]:
        if rule["outcome"] in _SPOILED:
            yield f"{rule['id']} is {rule['outcome']}"
        if rule["outcome"] == "waived" and rule["level"] == "must":
            yield f"{rule['id']} must be kept, and is waived"
    for name, outcomes in _LISTS.items():
        if set(predicate[name]) != {rule["id"] for rule in report["rules"] if rule["outcome"] in outcomes}:
            yield f"{name} is not what its report says"


def _of_time(report: Mapping[str, Any], here: Circumstances) -> Iterator[str]:
    given = dt.datetime.fromisoformat(report["finished"])
    age = here.now - given
    if age > dt.timedelta(days=here.max_age_days):
        yield f"it is {age.days} days old, and {here.max_age_days} are the most"
    if age < -dt.timedelta(days=1):
        yield f"it is of {report['finished']}, which is yet to come"
    for waiver in report["waivers"]:
        is_used = any(rule["id"] == waiver["rule"] and rule["outcome"] == "waived" for rule in report["rules"])
        if is_used and dt.date.fromisoformat(waiver["expires"]) < here.now.date():
            yield f"the waiver of {waiver['rule']} was valid until {waiver['expires']}"


def notes(statement: Mapping[str, Any]) -> Iterator[str]:
    """Yield what whoever relies on a certificate should know: for what it is, what was waived, what only warned."""
    report = statement["predicate"][REPORT_KEY]
    yield f"for the targets {', '.join(report['targets'])}, by the manifest {report['manifest']['sha256']}"
    rules = report["rules"]
    for outcome in ("waived", "warned"):
        if ids := [rule["id"] for rule in rules if rule["outcome"] == outcome]:
            yield f"{outcome}: {', '.join(ids)}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())
