"""`algorithm.toml`, the manifest beside this file: which table the algorithm expects, and which hyperparameters."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from failure import JobFailedError, short

MANIFEST = Path(__file__).with_name("algorithm.toml")


@dataclass(frozen=True)
class Column:
    """A column of the table; `type` is an AWS Glue name such as `double` or `decimal(10,2)`."""

    name: str
    type: str
    nullable: bool = False
    optional: bool = False
    values: tuple[Any, ...] = ()

    @property
    def may_be_missing(self) -> bool:
        """Whether a cell can be without a value."""
        return self.nullable or self.optional

    @property
    def is_text(self) -> bool:
        """Whether the cells are strings."""
        return self.type.partition("(")[0] in ("string", "char", "varchar")


@dataclass(frozen=True)
class Channel:
    """The channel to train on. `csv_header` is `present`, `absent` or `either`."""

    name: str
    columns: tuple[Column, ...]
    formats: tuple[str, ...] = ("csv", "parquet")
    csv_header: str = "present"


@dataclass(frozen=True)
class Hyperparameter:
    """A declared hyperparameter; `accepted` are the bounds of a number, both included."""

    name: str
    type: str
    default: Any = None
    required: bool = False
    accepted: tuple[float, float] | None = None


@dataclass(frozen=True)
class Algorithm:
    """What `algorithm.toml` says, as far as training needs it."""

    channel: Channel
    hyperparameters: tuple[Hyperparameter, ...]


def load_algorithm(path: Path = MANIFEST) -> Algorithm:
    """Read the manifest. Its first channel is the one to train on."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        name, channel = next(iter(content["channels"].items()))
        return Algorithm(
            channel=Channel(
                name=name,
                columns=tuple(_column(column) for column in channel["columns"]),
                formats=tuple(channel.get("formats", ("csv", "parquet"))),
                csv_header=channel.get("csv_header", "present"),
            ),
            hyperparameters=tuple(
                Hyperparameter(
                    name=name,
                    type=entry["type"],
                    default=entry.get("default"),
                    required=entry.get("required", False),
                    accepted=tuple(entry["accepted"]) if "accepted" in entry else None,
                )
                for name, entry in content.get("hyperparameters", {}).items()
            ),
        )
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise JobFailedError(f"algorithm.toml of the image: {error}") from None
    except (KeyError, StopIteration) as error:
        raise JobFailedError(f"algorithm.toml of the image: {short(str(error))} is missing") from None


def _column(entry: dict[str, Any]) -> Column:
    return Column(
        name=entry["name"],
        type=entry["type"].replace(" ", ""),
        nullable=entry.get("nullable", False),
        optional=entry.get("optional", False),
        values=tuple(entry.get("values", ())),
    )
