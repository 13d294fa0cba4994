"""Rules on environment variables."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from conformance.contract import variables
from conformance.judge.looks import Pair, beside_the_baseline, pairs, values_of
from conformance.judge.properties import same_result, same_result_where_observable, trains
from conformance.judge.rule import MAY, MUST, SHOULD, rule
from conformance.judge.violation import Unobservable, Violation
from conformance.manifest.model import Manifest
from conformance.values.artifacts import Entry, Tree
from conformance.values.job import Job
from conformance.values.run import Run

_FORMS = ("clean-rooms", "sagemaker", "unset")
_SHOWN = 3


def _reads_csv(manifest: Manifest) -> str | None:
    if "csv" in manifest.formats:
        return None
    return "declare csv among the formats of the channels: without FILE_FORMAT the format is CSV"


def _has_no_variable(job: Job) -> bool:
    return job["environment"] in ("unset", "sagemaker") and job["format-variable"] == "absent"


def _is_unset(job: Job) -> bool:
    return _has_no_variable(job) or job["environment"] == "unset"


def _in(*values: str) -> Callable[[Job], bool]:
    return lambda job: job["environment"] in values


def _has_portable_channel(manifest: Manifest) -> str | None:
    if any(variables.is_portable(name) for name in manifest.channels):
        return None
    return "declare a channel whose name has letters, digits and _ alone; see channels.name"


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
    "environment.model-dir",
    SHOULD,
    "V2",
    targets=("clean-rooms",),
    looks_at=pairs("environment", _in("moved-model")),
    hint='save to os.environ.get("SM_MODEL_DIR", "/opt/ml/model"), and nowhere else',
)
def model_follows_the_variable(pair: Pair) -> None:
    """With `SM_MODEL_DIR` elsewhere the model is there, and not in the default place."""
    trains(pair.changed)
    left = pair.changed.default_model
    if left is not None and left.has_model():
        raise Violation(f"SM_MODEL_DIR points elsewhere, and /opt/ml/model holds {_named(left.files())}")
    same_result_where_observable(pair)


@rule(
    "environment.output-dir",
    SHOULD,
    "V2",
    targets=("clean-rooms",),
    looks_at=pairs("environment", _in("moved-output")),
    hint='write to os.environ.get("SM_OUTPUT_DIR", "/opt/ml/output/data"); the failure file alone has a fixed path',
)
def output_data_follow_the_variable(pair: Pair) -> None:
    """With `SM_OUTPUT_DIR` elsewhere output data are there, and not in the default place."""
    same_result_where_observable(pair)
    _writes_output_data(pair)
    if left := pair.changed.output.below("data").files():
        raise Violation(f"SM_OUTPUT_DIR points elsewhere, and /opt/ml/output/data holds {_named(left)}")
    if pair.changed.moved_output is None or not pair.changed.moved_output.files():
        written = _named(pair.plain.output.below("data").files())
        raise Violation(f"the plain job writes {written}; where SM_OUTPUT_DIR points elsewhere, there is no file")


@rule(
    "environment.channel-dir",
    SHOULD,
    "V2",
    targets=("clean-rooms",),
    looks_at=pairs("environment", _in("moved-channel")),
    applies=_has_portable_channel,
    hint='read from os.environ.get("SM_CHANNEL_TRAIN", "/opt/ml/input/data/train"), the variable first',
)
def channel_follows_the_variable(pair: Pair) -> None:
    """With `SM_CHANNEL_<NAME>` elsewhere the data is read from there."""
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
    "environment.output-dir-values",
    MAY,
    "V3",
    targets=("clean-rooms",),
    looks_at=pairs("environment", _in("output-value")),
    hint="where SM_OUTPUT_DIR is /opt/ml/output, write to its directory data",
)
def output_data_are_uploaded(pair: Pair) -> None:
    """With `SM_OUTPUT_DIR=/opt/ml/output` output data still end up below `/opt/ml/output/data`."""
    same_result_where_observable(pair)
    _writes_output_data(pair)
    before = {entry.path for entry in _beside_data(pair.plain.output)}
    if lost := [entry for entry in _beside_data(pair.changed.output) if entry.path not in before]:
        raise Violation(f"SM_OUTPUT_DIR is /opt/ml/output; {_named(lost)} lies there, which is not uploaded")
    if not pair.changed.output.below("data").files():
        raise Violation("SM_OUTPUT_DIR is /opt/ml/output, and there is no file below /opt/ml/output/data")


@rule(
    "environment.unknown-variables",
    MUST,
    "V9",
    looks_at=pairs("extra-variables"),
    hint="take variables as they are: no `export $(env | xargs)`, no parsing of the lines of `env`, no eval",
)
def unknown_variables_change_nothing(pair: Pair) -> None:
    """Variables it cannot know, with spaces, quotes, line breaks, non-ASCII and `$`, change nothing."""
    same_result_where_observable(pair)


@rule(
    "environment.forms-agree",
    SHOULD,
    "V1 V2",
    looks_at=pairs("environment", _in(*_FORMS)),
    applies=_several_forms,
    hint="nothing but paths may depend on the variables that the platform sets",
)
def forms_agree(pair: Pair) -> None:
    """The same job in every claimed environment form gives the same result."""
    same_result(pair)


def _writes_output_data(pair: Pair) -> None:
    if not pair.plain.output.below("data").files():
        raise Unobservable("the image writes no output data")


def _beside_data(output: Tree) -> list[Entry]:
    return [entry for entry in output.files() if not entry.path.startswith("data/")]


def _named(files: Iterable[Entry]) -> str:
    paths = [file.path for file in files]
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{', '.join(map(repr, paths[:_SHOWN]))}{more}"
