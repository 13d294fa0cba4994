"""The manifest, `algorithm.toml`: what an image expects and claims. GB = 10⁹ bytes.

Limits that are the API's are those of CreateConfiguredModelAlgorithm and CreateTrainedModel of AWS Clean Rooms ML.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from conformance.manifest.channel import Channel, Format
from conformance.manifest.column import Column
from conformance.manifest.column_type import ColumnType
from conformance.manifest.hyperparameter import Hyperparameter, HyperparameterType, read_text
from conformance.manifest.table import (
    Array,
    Problem,
    Table,
    compiled,
    duplicates,
    has_control_characters,
    label,
    non_empty_and_unique,
    shown,
)

__all__ = [
    "Algorithm",
    "Channel",
    "Column",
    "ColumnType",
    "Container",
    "Format",
    "Hyperparameter",
    "HyperparameterType",
    "Interrupt",
    "Limits",
    "Manifest",
    "Metric",
    "Target",
]

Target = Literal["local", "sagemaker", "clean-rooms"]
DOCKER_MIN_MEMORY_GB = 0.006
# What adding the same numbers in another order, or reading them through another parser, makes of a metric.
DEFAULT_TOLERANCE = 1e-6
MAX_RUNTIME_S = 2_419_200
_CHANNEL_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def _within_api_limits(words: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if words is not None and len(words) > 100:
        raise ValueError(f"should hold 100 strings at most, as the API says, found {len(words)}")
    for word in words or ():
        if not 1 <= len(word) <= 256:
            raise ValueError(f"should hold strings of 1 to 256 characters, as the API says, found {len(word)}")
        if "\0" in word:
            raise ValueError(f"should hold strings without NUL, found {shown(word)}")
    return words


CommandWords = Annotated[Array[str] | None, AfterValidator(_within_api_limits)]


class Algorithm(Table):
    """What the image is, and where it claims to train."""

    name: str
    description: str = ""
    targets: Annotated[Array[Target], AfterValidator(non_empty_and_unique)] = ("local", "sagemaker", "clean-rooms")
    deterministic: bool = False

    @field_validator("name")
    @classmethod
    def _name_of_one_line(cls, name: str) -> str:
        return label(name, 255)

    @field_validator("description")
    @classmethod
    def _description_can_be_shown(cls, description: str) -> str:
        if has_control_characters(description.replace("\n", "").replace("\t", "")):
            raise ValueError(f"should have no control characters but line breaks and tabs, found {shown(description)}")
        return description


class Metric(Table):
    """A metric as in metricDefinitions: `regex` is searched in each line of stdout and stderr, its first group is the
    number. `tolerance` is relative, `absolute_tolerance` in the metric's unit; what lies within either is equal."""

    name: str
    regex: str
    observes: Literal["rows", "model"] | None = None
    channel: str | None = None
    combine: Literal["last", "sum"] = "last"
    tolerance: float = Field(default=DEFAULT_TOLERANCE, ge=0, lt=1)
    absolute_tolerance: float = Field(default=1e-9, ge=0)

    @field_validator("name")
    @classmethod
    def _name_of_one_line(cls, name: str) -> str:
        return label(name, 255)

    @field_validator("regex")
    @classmethod
    def _regex_with_a_group(cls, regex: str) -> str:
        if compiled(label(regex, 500)).groups < 1:
            raise ValueError(f"should have a group, in parentheses, around the number, found {shown(regex)}")
        return regex

    def contradictions(self) -> Iterator[Problem]:
        """Keys that mean something only together with what the metric observes."""
        if self.channel is not None and self.observes != "rows":
            yield Problem(("channel",), 'says whose rows are counted; declare observes = "rows" too, or leave it out')
        if self.observes == "rows":
            for key in sorted({"tolerance", "absolute_tolerance"} & self.model_fields_set):
                yield Problem((key,), 'should be left out where observes = "rows", as rows are counted exactly')


class Container(Table):
    """The launch form and the metrics, as in trainingContainerConfig. With neither entrypoint nor arguments it is the
    image's own entrypoint with the argument `train`."""

    entrypoint: CommandWords = None
    arguments: CommandWords = None
    metrics: Array[Metric] = ()

    @field_validator("arguments")
    @classmethod
    def _none_beside_an_entrypoint(cls, arguments: tuple[str, ...] | None, info: ValidationInfo) -> object:
        return None if arguments == () and info.data.get("entrypoint") else arguments

    def contradictions(self) -> Iterator[Problem]:
        """Words and metrics beyond the limits of the API, and names that are there twice."""
        if self.entrypoint == ():
            yield Problem(("entrypoint",), "should hold the program and its arguments, or be left out, found []")
        if self.arguments == ():
            yield Problem(
                ("arguments",), "should be left out where there are none, found []; without it the argument is `train`"
            )
        if len(self.metrics) > 40:
            yield Problem(("metrics",), f"should be 40 at most, as the API says, found {len(self.metrics)}")
        for name in duplicates(metric.name for metric in self.metrics):
            yield Problem(("metrics",), f"should each have a name of their own, found {shown(name)} again")


class Interrupt(Table):
    """How a job is made long enough to be stopped in the middle: hyperparameters as in hyperparameters.json, and a
    regular expression for the log line that shows that training is under way."""

    hyperparameters: dict[str, str] = Field(default_factory=dict)
    after: str | None = None

    @field_validator("after")
    @classmethod
    def _after_compiles(cls, after: str | None) -> str | None:
        if after is not None:
            compiled(label(after, 500))
        return after


class Limits(Table):
    """What a job may use: memory and artifacts in GB, time in seconds, hosts of one job."""

    memory_gb: float = Field(default=2.0, ge=DOCKER_MIN_MEMORY_GB)
    timeout_s: float | None = Field(default=None, gt=0, le=MAX_RUNTIME_S)
    artifact_gb: float | None = Field(default=None, gt=0)
    max_hosts: int = Field(default=1, ge=1, le=5)


class Manifest(Table):
    """`algorithm.toml`. Channels and hyperparameters are in the order of the file."""

    schema_version: int = Field(ge=1, le=1)
    algorithm: Algorithm
    container: Container = Container()
    channels: dict[str, Channel]
    hyperparameters: dict[str, Hyperparameter] = Field(default_factory=dict)
    interrupt: Interrupt | None = None
    limits: Limits = Limits()

    @property
    def formats(self) -> tuple[Format, ...]:
        """The formats that all channels declare: one variable, FILE_FORMAT, says which one all of them have."""
        return tuple(f for f in get_args(Format) if all(f in channel.formats for channel in self.channels.values()))

    def takes(self, rows: int) -> bool:
        """Whether every channel may have so many rows."""
        return all(channel.max_rows is None or channel.max_rows >= rows for channel in self.channels.values())

    def channel_of(self, metric: Metric) -> str | None:
        """The channel whose rows the metric counts: the declared or the only one; None if it counts no rows."""
        if metric.observes != "rows":
            return None
        return metric.channel if metric.channel is not None else next(iter(self.channels))

    @property
    def stop_pattern(self) -> str | None:
        """The regular expression whose first match in a log line shows that training is under way: `after` of
        [interrupt], else that of the first metric that observes the model, else None."""
        if self.interrupt is not None and self.interrupt.after is not None:
            return self.interrupt.after
        return next((metric.regex for metric in self.container.metrics if metric.observes == "model"), None)

    def contradictions(self) -> Iterator[Problem]:
        """Names beyond the limits of the API, and tables that do not fit one another."""
        yield from self._channel_contradictions()
        yield from self._metric_contradictions()
        yield from self._hyperparameter_contradictions()
        for name, text in (self.interrupt.hyperparameters if self.interrupt else {}).items():
            path = ("interrupt", "hyperparameters", name)
            if (hyperparameter := self.hyperparameters.get(name)) is None:
                yield Problem(path, f"should be a declared hyperparameter, {_listed(self.hyperparameters)}")
                continue
            try:
                value = read_text(hyperparameter.type, text)
            except ValueError as error:
                yield Problem(path, str(error))
                continue
            if not hyperparameter.accepts(value):
                yield Problem(
                    path, f"should lie within accepted, {shown(hyperparameter.accepted)}, found {shown(text)}"
                )

    def _channel_contradictions(self) -> Iterator[Problem]:
        if not 1 <= len(self.channels) <= 20:
            yield Problem(("channels",), f"should be 1 to 20, as the API says, found {len(self.channels)}")
        for name in self.channels:
            if not _CHANNEL_NAME.fullmatch(name) or name in {".", ".."}:
                yield Problem(
                    ("channels", name),
                    "should have a name of 1 to 64 letters, digits, `.`, `_` and `-`, as the API says (and not `.` or "
                    "`..`, which are no directories of their own)",
                )
        if len(self.channels) == 1:
            ((name, channel),) = self.channels.items()
            if not channel.required:
                yield Problem(
                    ("channels", name, "required"), "should be true for the only channel: a job has at least one"
                )

        if self.channels and not self.formats:
            declared = "; ".join(f"{name} {', '.join(channel.formats)}" for name, channel in self.channels.items())
            yield Problem(
                ("channels",), f"should share a format, because FILE_FORMAT is one for all of them, found {declared}"
            )

    def _metric_contradictions(self) -> Iterator[Problem]:
        for index, metric in enumerate(self.container.metrics):
            path = ("container", "metrics", index, "channel")
            if metric.channel is not None and metric.channel not in self.channels:
                yield Problem(path, f"should be {_listed(self.channels)}, found {shown(metric.channel)}")
            if metric.observes == "rows" and metric.channel is None and len(self.channels) > 1:
                yield Problem(path, f"is needed, as there are several channels: whose rows? {_listed(self.channels)}")

    def _hyperparameter_contradictions(self) -> Iterator[Problem]:
        if len(self.hyperparameters) > 100:
            yield Problem(
                ("hyperparameters",), f"should be 100 at most, as the API says, found {len(self.hyperparameters)}"
            )
        observed = self.algorithm.deterministic or any(metric.observes == "model" for metric in self.container.metrics)
        for name, hyperparameter in self.hyperparameters.items():
            path = ("hyperparameters", name)
            try:
                label(name, 256)
            except ValueError as error:
                yield Problem(path, f"has a name that {error}")
            if hyperparameter.observable and not observed:
                yield Problem(
                    (*path, "observable"),
                    'needs something to observe; declare a metric with observes = "model", or deterministic = true',
                )
            empty = [value for value in (*hyperparameter.tested, hyperparameter.default) if value == ""]
            if empty and "clean-rooms" in self.algorithm.targets:
                yield Problem(
                    path, "should have no empty string among tested and default: AWS Clean Rooms ML takes 1 to 2500"
                )


def _listed(names: dict[str, Channel] | dict[str, Hyperparameter]) -> str:
    return "one of " + ", ".join(list(names)[:20]) if names else "and none is declared"
