"""``report.json``: the results for machines, schema version 1."""

from __future__ import annotations

import datetime as dt
import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import conformance
from conformance.report.results import Results
from conformance.values.verdict import RuleResult

SCHEMA_VERSION = 1
COUNTEREXAMPLES = "counterexamples"


def as_json(results: Results) -> dict[str, Any]:
    """Return the report as JSON values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {
            "name": "training-container-conformance",
            "version": conformance.__version__,
            "hypothesis": version("hypothesis"),
            "pytest": version("pytest"),
            "python": platform.python_version(),
        },
        "engine": {
            "name": results.engine.name,
            "version": results.engine.version,
            "api": results.engine.api,
            "storage": results.engine.storage,
        },
        "started": _time(results.started),
        "finished": _time(results.finished),
        "image": {
            "reference": results.image.reference,
            "config_digest": results.image.config_digest,
            "manifest_digest": results.image.manifest_digest,
            "platform": results.image.platform,
            "base": results.image.base,
        },
        "manifest": {
            "source": results.loaded.source,
            "sha256": results.loaded.sha256,
            "name": results.loaded.manifest.algorithm.name,
        },
        "size": results.settings.size,
        "level": results.settings.level,
        "targets": list(results.loaded.manifest.algorithm.targets),
        "seed": results.settings.seed,
        "plan_digest": results.plan_digest,
        "partial": results.partial,
        "relaxed": list(results.relaxed),
        "verdict": results.ending.verdict,
        "exit_code": results.ending.exit_code,
        "rules": [_rule(result) for result in results.rules],
        "runs": {
            "planned": results.runs.planned,
            "executed": results.runs.executed,
            "minimising": results.runs.minimising,
            "wall_s": round(results.runs.wall_s, 3),
            "container_s": round(results.runs.container_s, 3),
            "workers": results.runs.workers,
            "by_rows": [asdict(taken) for taken in results.runs.by_rows],
        },
        "waivers": [
            {
                "rule": waiver.rule,
                "reason": waiver.reason,
                "owner": waiver.owner,
                "expires": waiver.expires.isoformat(),
                "image": waiver.image,
                "stale": next((stale.why for stale in results.stale if stale.waiver == waiver), None),
            }
            for waiver in results.waivers
        ],
    }


def _rule(result: RuleResult) -> dict[str, Any]:
    rule = result.rule
    found = result.counterexample
    return {
        "id": rule.id,
        "area": rule.area,
        "level": rule.level,
        "basis": rule.clause.basis,
        "title": rule.title,
        "clause": rule.clause.text,
        "source": rule.clause.source,
        "outcome": result.outcome,
        "reason": result.reason,
        "observations": result.observations,
        "message": result.message,
        "hint": rule.hint,
        "counterexample": None
        if found is None
        else {
            "path": f"{COUNTEREXAMPLES}/{rule.id}",
            "differences": list(found.differences),
            "sentence": found.sentence,
            "runs_spent": found.runs_spent,
            "minimal": found.minimal,
        },
    }


def _time(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
