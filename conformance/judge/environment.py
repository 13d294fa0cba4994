"""Rules on environment variables."""

from __future__ import annotations

from conformance.judge.looks import Pair, beside_the_baseline, pairs, values_of
from conformance.judge.properties import same_result, same_result_where_observable
from conformance.judge.rule import SHOULD, rule
from conformance.manifest.model import Manifest
from conformance.values.job import Job
from conformance.values.run import Run


def _reads_csv(manifest: Manifest) -> str | None:
    if "csv" in manifest.formats:
        return None
    return "declare csv among the formats of the channels: without FILE_FORMAT the format is CSV"


def _has_no_variable(job: Job) -> bool:
    return job["environment"] in ("unset", "sagemaker") and job["format-variable"] == "absent"


def _is_unset(job: Job) -> bool:
    return _has_no_variable(job) or job["environment"] == "unset"


def _several_forms(manifest: Manifest) -> str | None:
    return None if len(manifest.algorithm.targets) > 1 else "declare more than one target"


@rule(
    "environment.unset",
    SHOULD,
    "V1",
    targets=("local", "sagemaker"),
    looks_at=beside_the_baseline(_is_unset, differing_in=frozenset({"environment", "format-variable"})),
    applies=_reads_csv,
    hint='read variables with their documented default, as in os.environ.get("SM_MODEL_DIR", "/opt/ml/model")',
)
def trains_without_variables(pair: Pair) -> None:
    """Trains with no `SM_*` and no `FILE_FORMAT`: the documented defaults apply."""
    same_result_where_observable(pair)


@rule(
    "environment.file-format",
    SHOULD,
    "V4",
    looks_at=values_of("environment.file-format"),
    hint='os.environ.get("FILE_FORMAT", "csv").lower() decides how files are read, whatever their names are',
)
def file_format_decides(seen: Pair | Run) -> None:
    """Trains with FILE_FORMAT in lower and upper case as declared, and unset, which means csv; the variable decides,
    whatever the files are called."""
    same_result_where_observable(seen)


@rule(
    "environment.forms-agree",
    SHOULD,
    "V1 V2",
    looks_at=pairs("environment"),
    applies=_several_forms,
    hint="nothing but paths may depend on the variables that the platform sets",
)
def forms_agree(pair: Pair) -> None:
    """The same job in every claimed environment form gives the same result."""
    same_result(pair)
