"""The statement of a certificate: an in-toto Statement whose subject is the image's config digest.

https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.report.json_report import as_json
from conformance.report.results import Results
from conformance.values.image import Image
from conformance.values.verdict import Level, Outcome, Verdict

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
REPORT_KEY = "trainingContainerConformance"
"""Where the predicate has our report: its own lists know neither waived rules nor those that were not judged."""


def objections(results: Results) -> Iterator[str]:
    """Yield why there can be no certificate of results; nothing if there can."""
    if results.ending.verdict is not Verdict.CONFORMANT or results.ending.exit_code != 0:
        yield f"the image is {results.ending.verdict}, exit code {results.ending.exit_code}"
    if results.settings.size != "full":
        yield f"the size is {results.settings.size}, and should be full"
    if results.loaded.source != "option":
        yield "the manifest is not the certifier's: it is to be named with --contract-manifest"
    if results.partial:
        yield "not every rule was asked for"
    if results.settings.targets is not None:
        yield f"only the targets {', '.join(results.settings.targets)} were asked for"
    if results.relaxed:
        yield f"the plain job trains only with {', '.join(results.relaxed)}"
    waived = [r.rule.id for r in results.rules if r.outcome is Outcome.WAIVED and r.rule.level is Level.MUST]
    if waived:
        yield f"{', '.join(waived)} must be kept, and is waived"


def statement(results: Results) -> dict[str, Any]:
    """Return the statement as JSON values, with the report but for what an image wrote or says of itself."""
    report = as_json(results)
    report["image"]["base"] = None
    for rule in report["rules"]:
        rule["message"] = rule["counterexample"] = None
    by_outcome = {outcome: [r.rule.id for r in results.rules if r.outcome is outcome] for outcome in Outcome}
    warned = by_outcome[Outcome.WARNED] + by_outcome[Outcome.WAIVED]
    return {
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": results.image.reference, "digest": {"sha256": _hexadecimal(digest)}, "annotations": {"of": what}}
            for digest, what in _digests(results.image).items()
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "result": "WARNED" if warned else "PASSED",
            "configuration": [{"name": "algorithm.toml", "digest": {"sha256": results.loaded.sha256}}],
            "passedTests": by_outcome[Outcome.PASSED],
            "warnedTests": warned,
            "failedTests": by_outcome[Outcome.FAILED],
            REPORT_KEY: report,
        },
    }


def _digests(image: Image) -> dict[str, str]:
    """Return the digests of an image, and what each is of.

    An engine whose store is containerd's knows an image by the digest of its manifest alone.
    """
    digests = {image.config_digest: "image config"}
    return digests if image.manifest_digest is None else digests | {image.manifest_digest: "image manifest"}


def _hexadecimal(digest: str) -> str:
    return digest.partition(":")[2]
