"""The choices: the ways in which training jobs differ, each value with the rule that owns it.

A valid job that does not train, or whose result differs from its pair's, is charged to the owner of the value that
makes the difference. The plan draws from this table, the data and the launch make it real, the judge charges by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

FORMAT_OWNER = "(format)"
"""Stands for the rule of the format that the rows are in, ingestion.csv or ingestion.parquet."""


class Part(StrEnum):
    """How a value comes into a plan."""

    ARRAY = "array"
    """Every conforming image must or should train with it: it stands in the covering array, beside any others."""
    ALONE = "alone"
    """It may be refused, or its rule only warns: it stands in jobs that are plain but for it."""
    CONTROL = "control"
    """It is drawn for the comparisons of particular rules."""
    RELAXATION = "relaxation"
    """It is easier than what a training job is given; tried only where the plain job does not train."""


@dataclass(frozen=True)
class Value:
    """One value of a choice that is not the plain one of every image.

    ``phrase`` tells it as a clause; ``owner`` is a rule's id. ``requires`` gives, for other choices, the values beside
    which this one has an effect.
    """

    name: str
    owner: str
    phrase: str
    part: Part = Part.ARRAY
    requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """One way in which jobs differ. ``plain`` is the plain value; where that depends on the manifest it is the first
    of ``values`` which is feasible, and ``plain`` is None."""

    name: str
    plain: str | None
    values: tuple[Value, ...]


ORDERS = ("permuted", "permuted-again", "permuted-anew", "permuted-once-more")
"""Orders of the same rows, each a permutation of its own."""

_CSV = {"format": ("csv",)}
_PARQUET = {"format": ("parquet",)}
_DIALECT = "ingestion.csv-dialect"
_ENCODING = "ingestion.parquet"
_RARE = "ingestion.parquet-rare"
_NAMES = "ingestion.names"
_NESTED = "ingestion.nested"


def _csv_dialect(name: str, phrase: str) -> Value:
    return Value(name, _DIALECT, phrase, requires=_CSV)


def _encoding(name: str, phrase: str, **requires: tuple[str, ...]) -> Value:
    return Value(name, _ENCODING, phrase, requires={**_PARQUET, **requires})


def _rare(name: str, phrase: str) -> Value:
    return Value(name, _RARE, phrase, Part.ALONE, _PARQUET)


def _degenerate(name: str, phrase: str) -> Value:
    return Value(name, "ingestion.degenerate", phrase, Part.ALONE)


def _changed(name: str, phrase: str) -> Value:
    # Which rows are changed does not depend on how they lie, so that one layout can be compared with another. They fit
    # the manifest: where they do not train, it is for the rule of their format to say so.
    return Value(name, FORMAT_OWNER, phrase, Part.CONTROL)


def _scale(name: str, phrase: str) -> Value:
    return Value(name, "ingestion.scale", phrase, Part.CONTROL)


def _hosts(name: str, owner: str, phrase: str, **requires: tuple[str, ...]) -> Value:
    return Value(name, f"hosts.{owner}", phrase, Part.CONTROL, requires)


def _hazard(name: str, phrase: str) -> Choice:
    return Choice(f"hazard-{name}", "none", (Value("present", FORMAT_OWNER, phrase),))


CHOICES = (
    Choice(
        "environment",
        None,
        (
            Value(
                "clean-rooms",
                "environment.forms-agree",
                "the environment is that of Clean Rooms (SM_MODEL_DIR, SM_CHANNEL_… set)",
            ),
            Value(
                "sagemaker",
                "environment.forms-agree",
                "the environment is SageMaker's (TRAINING_JOB_NAME, no SM_* variables)",
            ),
            Value("unset", "environment.unset", "none of the SM_* variables is set"),
            Value("moved-model", "environment.model-dir", "SM_MODEL_DIR points to another directory"),
            Value("moved-output", "environment.output-dir", "SM_OUTPUT_DIR points to another directory"),
            Value("moved-channel", "environment.channel-dir", "SM_CHANNEL_… points to another directory"),
            Value(
                "moved-named-channel",
                "channels.name",
                "SM_CHANNEL_… of a channel whose name holds - or . points to another directory",
                Part.ALONE,
            ),
            Value(
                "output-value",
                "environment.output-dir-values",
                "SM_OUTPUT_DIR is /opt/ml/output, the other documented value",
                Part.ALONE,
            ),
        ),
    ),
    Choice(
        "format",
        None,
        (
            Value("csv", "ingestion.csv", "the rows come as CSV"),
            Value("parquet", "ingestion.parquet", "the rows come as Parquet"),
        ),
    ),
    Choice(
        "format-variable",
        "lower",
        (
            Value("upper", "environment.file-format", "FILE_FORMAT is in upper case"),
            Value("absent", "environment.file-format", "FILE_FORMAT is not set", requires=_CSV),
        ),
    ),
    # -- how CSV is written
    Choice(
        "header",
        None,
        (
            Value("present", "ingestion.header", "the CSV files have a header", requires=_CSV),
            Value("absent", "ingestion.header", "the CSV files have no header", requires=_CSV),
        ),
    ),
    Choice("line-ends", "lf", (_csv_dialect("crlf", "lines end with CR LF"),)),
    Choice("last-line", "ended", (_csv_dialect("open", "the last line has no line end"),)),
    Choice("quoting", "minimal", (_csv_dialect("all", "every cell is in quotes"),)),
    Choice(
        "booleans",
        "lower",
        (_csv_dialect("title", "booleans are written True"), _csv_dialect("upper", "booleans are written TRUE")),
    ),
    Choice("exponents", "none", (_csv_dialect("present", "numbers are written with an exponent"),)),
    Choice("line-breaks", "none", (_csv_dialect("in-cells", "cells hold line breaks, in quotes"),)),
    # -- how Parquet is written
    Choice(
        "codec",
        "snappy",
        (
            _encoding("none", "the Parquet files are not compressed"),
            _encoding("gzip", "the Parquet files are compressed with gzip"),
            _rare("zstd", "the Parquet files are compressed with zstd"),
            _rare("lz4", "the Parquet files are compressed with lz4"),
            _rare("brotli", "the Parquet files are compressed with brotli"),
        ),
    ),
    Choice("row-groups", "one", (_encoding("several", "the Parquet files have several row groups"),)),
    Choice("dictionary", "present", (_encoding("absent", "the Parquet files have no dictionaries"),)),
    Choice(
        "integer-widths",
        "declared",
        (
            _encoding(
                "unequal",
                "the Parquet files write a column of integers in unequal widths",
                partition=("several", "nested", "mixed"),
            ),
        ),
    ),
    Choice(
        "null-part",
        "none",
        (
            _encoding(
                "present",
                "in one of the Parquet files a nullable column is all null",
                partition=("several", "nested", "mixed"),
            ),
        ),
    ),
    Choice("pages", "v1", (_rare("v2", "the Parquet files have data pages of version 2"),)),
    Choice("timestamps", "micros", (_rare("int96", "the Parquet files write timestamps as INT96"),)),
    # -- how the rows lie in files
    Choice(
        "partition",
        "one",
        (
            Value("several", "ingestion.parts-agree", "the rows lie in several files"),
            Value("nested", _NESTED, "the rows lie in nested directories"),
            Value("mixed", _NESTED, "the rows lie in files beside nested directories"),
            Value("thousand", "ingestion.many-files", "the rows lie in 1000 files", Part.CONTROL),
        ),
    ),
    Choice(
        "file-names",
        "extension",
        (
            Value("bare", _NAMES, "the files have no extension"),
            Value("snappy", _NAMES, "the files are called .snappy.parquet", requires=_PARQUET),
            Value("spaces", _NAMES, "the names of the files hold spaces"),
            Value("dates", _NAMES, "the files lie in directories such as dt=2024-01-01"),
            Value("mixed", _NAMES, "the files are named in several ways", requires={"partition": ("several",)}),
            Value(
                "misleading",
                "environment.file-format",
                "the files have the extension of another format than FILE_FORMAT says",
                Part.ALONE,
            ),
        ),
    ),
    Choice(
        "markers",
        "none",
        (Value("present", "ingestion.markers", "there are _SUCCESS, .crc files and zero-byte parts beside the rows"),),
    ),
    Choice(
        "hidden-files",
        "none",
        (
            Value(
                "present",
                "ingestion.noise",
                "files that begin with _ or . hold valid-looking rows",
                Part.ALONE,
            ),
        ),
    ),
    Choice(
        "column-order",
        "declared",
        (Value("other", "ingestion.column-order", "the columns stand in another order", Part.ALONE),),
    ),
    Choice(
        "extra-column",
        "none",
        (Value("present", "ingestion.extra-column", "there is a column that the manifest does not know", Part.ALONE),),
    ),
    Choice(
        "optional-columns",
        "present",
        # Of CSV without a header nobody can tell which column is missing.
        (Value("absent", FORMAT_OWNER, "the optional columns are missing", requires={"header": ("present",)}),),
    ),
    Choice(
        "row-order",
        "given",
        tuple(Value(order, FORMAT_OWNER, "the rows come in another order", Part.CONTROL) for order in ORDERS),
    ),
    # -- what the rows hold
    _hazard("quotes", "cells hold quotes, commas and other separators"),
    _hazard("unicode", "cells hold characters that are not ASCII"),
    _hazard("long-text", "a cell is as long as it may be"),
    _hazard("integers", "integers are beyond 24 and 31 bits"),
    _hazard("fractions", "numbers have many digits behind the point"),
    Choice(
        "rows",
        "plain",
        (
            Value("fewest", FORMAT_OWNER, "there are only as many rows as min_rows says"),
            Value("many", FORMAT_OWNER, "there are many more rows than in the plain job"),
            _scale("thousandth", "there is a thousandth of the rows that there may be"),
            _scale("hundredth", "there is a hundredth of the rows that there may be"),
            _scale("tenth", "there is a tenth of the rows that there may be"),
            _scale("most", "there are as many rows as there may be"),
        ),
    ),
    Choice(
        "degenerate",
        "none",
        (
            _degenerate("single-class", "all rows have the same class"),
            _degenerate("constant", "a column holds one value alone"),
            _degenerate("duplicates", "every second row is equal to the one before"),
            _degenerate("extremes", "numbers are the extremes of their type"),
        ),
    ),
    Choice(
        "null-like-text",
        "none",
        (
            Value(
                "present",
                "ingestion.text-stays-text",
                "texts look like nulls or numbers (NA, null, None, 007, an empty text)",
                Part.ALONE,
            ),
        ),
    ),
    Choice(
        "other-data",
        "none",
        (Value("present", FORMAT_OWNER, "the rows are drawn from another part of their range", Part.CONTROL),),
    ),
    Choice(
        "changed-rows",
        "none",
        (
            _changed("first-file", "rows of the first file alone are changed"),
            _changed("middle-file", "rows of a file in the middle alone are changed"),
            _changed("last-file", "rows of the last file alone are changed"),
            _changed("nested-file", "rows of a nested file alone are changed"),
            _changed("last-row-group", "rows of the last row group alone are changed"),
            _changed("last-row", "the last row alone is changed"),
            _changed("row-before-the-last", "the row before the last one alone is changed"),
        ),
    ),
    # -- channels, variables and configuration
    Choice("mount", "writable", (Value("read-only", "channels.read-only", "the channels are mounted read-only"),)),
    Choice(
        "extra-channel",
        "none",
        (
            Value("rows", "channels.extra", "there is a channel that the manifest does not know, with rows in it"),
            Value("bytes", "channels.extra", "there is a channel that the manifest does not know, with bytes in it"),
        ),
    ),
    Choice(
        "optional-channels",
        "present",
        (
            Value("absent", "channels.optional", "the channels that are not required are not there"),
            # Readers of two may well do without both, and not without one of them.
            Value(
                "first-absent",
                "channels.optional",
                "only the first of the channels that are not required is not there",
                Part.ALONE,
            ),
            Value(
                "last-absent",
                "channels.optional",
                "only the last of the channels that are not required is not there",
                Part.ALONE,
            ),
        ),
    ),
    Choice(
        "extra-variables",
        "none",
        (
            Value("present", "environment.unknown-variables", "there are environment variables that it cannot know"),
            Value(
                "quoted",
                "environment.unknown-variables",
                "there are environment variables that it cannot know, with quotes and line breaks",
            ),
            *(
                Value(
                    f"secret-{side}",
                    "environment.unknown-variables",
                    "there is an environment variable that it cannot know, with a secret in it",
                    Part.CONTROL,
                )
                for side in "ab"
            ),
        ),
    ),
    Choice(
        "configuration",
        "minimal",
        (
            Value("full", "config.shapes", "the configuration files hold all that the platform writes"),
            Value("absent", "config.absent", "there are no configuration files", Part.ALONE),
        ),
    ),
    Choice(
        "hyperparameters",
        "plain",
        (
            Value("low", "config.strings", "every hyperparameter is at the low end of its tested range"),
            Value("high", "config.strings", "every hyperparameter is at the high end of its tested range"),
            Value("drawn", "config.strings", "every hyperparameter is drawn from its tested range"),
            Value("default", "config.default", "every hyperparameter is given as its declared default", Part.ALONE),
        ),
    ),
    Choice(
        "hyperparameter-quoting",
        "raw",
        (
            Value(
                "json",
                "config.json-quoted",
                "the values of hyperparameters are in the quotes of JSON",
                requires={"hyperparameters": ("low", "high", "drawn", "default")},
            ),
        ),
    ),
    Choice(
        "unknown-hyperparameters",
        "none",
        (
            Value("some", "config.unknown", "there are hyperparameters that it does not know", Part.ALONE),
            Value("many", "config.unknown", "there are 100 long hyperparameters that it does not know", Part.ALONE),
        ),
    ),
    Choice(
        "launch-form",
        "declared",
        (
            Value("train", "launch.train-argument", "it is launched as `image train`", Part.ALONE),
            Value("no-argument", "launch.trains", "there is no argument `train`", Part.RELAXATION),
        ),
    ),
    # -- how many hosts the job has
    Choice(
        "hosts",
        "one",
        (
            _hosts("two", "trains", "there are two hosts"),
            _hosts("first-late", "trains", "there are two hosts, and the first of them starts last"),
            _hosts("most", "trains", "there are as many hosts as max_hosts says"),
            _hosts("sharded", "uneven", "each of two hosts has some of the files", partition=("several",)),
            _hosts("renamed", "names", "the hosts have other names, unsorted, which are not those in /etc/hosts"),
            _hosts("uneven", "uneven", "the last of two hosts has no data"),
            _hosts("first-without-data", "uneven", "the first of two hosts has no data"),
        ),
    ),
    # -- what the plain job may lack
    Choice(
        "network",
        "none",
        (
            Value("bridge", "isolation.offline", "there is a network", Part.RELAXATION),
            Value(
                "silent", "isolation.patient", "a network swallows every packet, and no name server answers", Part.ALONE
            ),
        ),
    ),
    Choice(
        "privileges",
        "default",
        (
            Value(
                "all",
                "launch.unprivileged",
                "the container has more capabilities, and programs may raise theirs",
                Part.RELAXATION,
            ),
        ),
    ),
    Choice(
        "memory",
        "declared",
        (Value("most", "launch.trains", "there is as much memory as may be used", Part.RELAXATION),),
    ),
    Choice(
        "shared-memory",
        "default",
        (Value("large", "resources.shared-memory", "the shared memory is larger than 64 MiB", Part.RELAXATION),),
    ),
    Choice(
        "credentials",
        "none",
        (Value("dummy", "isolation.credentials", "there are AWS credentials and a region", Part.RELAXATION),),
    ),
    Choice(
        "owner",
        "root",
        (Value("anyone", "resources.user", "every user can write to the directories", Part.RELAXATION),),
    ),
)

BY_NAME: Mapping[str, Choice] = {choice.name: choice for choice in CHOICES}
_VALUES: Mapping[tuple[str, str], Value] = {
    (choice.name, value.name): value for choice in CHOICES for value in choice.values
}


def value_of(choice: str, name: str) -> Value | None:
    """Return what the table says of a value; None for a value that is plain whatever the image."""
    return _VALUES.get((choice, name))


def owner_of(choice: str, values: Mapping[str, str]) -> str | None:
    """Return the rule that owns the value which a choice has among ``values``; None for a plain one."""
    value = value_of(choice, values[choice])
    if value is None:
        return None
    return owner_of("format", values) if value.owner == FORMAT_OWNER else value.owner


def without_effect(values: Mapping[str, str]) -> Iterator[str]:
    """Yield the choices whose values would change nothing beside the others."""
    for name, chosen in values.items():
        value = value_of(name, chosen)
        if value is not None and any(values[other] not in allowed for other, allowed in value.requires.items()):
            yield name


def normalised(values: Mapping[str, str], plain: Mapping[str, str]) -> dict[str, str]:
    """Return the values with those that would change nothing set back to the plain ones."""
    normal = dict(values)
    while back := [name for name in without_effect(normal) if normal[name] != plain[name]]:
        normal.update((name, plain[name]) for name in back)
    return normal
