"""What the platform tells a training job: directories, file format, hyperparameters.

Nothing is required: a plain `docker run` sets no variable and gives no configuration file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from algorithm import Algorithm, Channel, Hyperparameter
from failure import JobFailedError, short

HYPERPARAMETERS_FILE = Path("/opt/ml/input/config/hyperparameters.json")
OUTPUT_ROOT = Path("/opt/ml/output")


@dataclass(frozen=True)
class Job:
    """One training job. `file_format` is `csv` or `parquet`; hyperparameters have the types of the manifest."""

    model_dir: Path
    output_dir: Path
    channel_dir: Path
    file_format: str
    hyperparameters: Mapping[str, Any]


def describe_job(algorithm: Algorithm, variables: Mapping[str, str], arguments: Sequence[str]) -> Job:
    """The job, from environment variables, `hyperparameters.json` and the command line.

    An empty variable counts as unset. A hyperparameter in the file, which belongs to one job, wins over the
    command line, which belongs to the image's configuration.
    """
    output_dir = Path(variables.get("SM_OUTPUT_DIR") or OUTPUT_ROOT / "data")
    given = {**from_command_line(arguments), **from_file(HYPERPARAMETERS_FILE)}
    return Job(
        model_dir=Path(variables.get("SM_MODEL_DIR") or "/opt/ml/model"),
        # Only /opt/ml/output/data is uploaded, whichever of its two documented values the variable has.
        output_dir=output_dir / "data" if output_dir == OUTPUT_ROOT else output_dir,
        channel_dir=channel_directory(algorithm.channel.name, variables),
        file_format=file_format(algorithm.channel, variables),
        hyperparameters={h.name: hyperparameter(h, given.get(h.name)) for h in algorithm.hyperparameters},
    )


def channel_directory(channel: str, variables: Mapping[str, str]) -> Path:
    """`SM_CHANNEL_<NAME>`, else the documented default."""
    name = f"SM_CHANNEL_{channel.upper()}"
    value = variables.get(name) or variables.get(re.sub(r"[^A-Z0-9_]", "_", name))
    return Path(value or f"/opt/ml/input/data/{channel}")


def file_format(channel: Channel, variables: Mapping[str, str]) -> str:
    """`FILE_FORMAT` in any case; unset means csv."""
    value = variables.get("FILE_FORMAT") or "csv"
    if value.lower() not in channel.formats:
        raise JobFailedError(
            f"variable FILE_FORMAT is {short(value)}; this algorithm reads {' or '.join(channel.formats)}"
        )
    return value.lower()


def from_command_line(arguments: Sequence[str]) -> dict[str, Any]:
    """`--name value` and `--name=value`; other words, such as the platform's `train`, are skipped."""
    given: dict[str, Any] = {}
    words = list(arguments)
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if not equals and words and not words[0].startswith("--"):
                value = words.pop(0)
            given[name] = value
    return given


def from_file(path: Path) -> dict[str, Any]:
    """The hyperparameters of `hyperparameters.json`; none if there is no such file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (ValueError, RecursionError):
        raise JobFailedError(f"{path.name}: not valid JSON in UTF-8") from None
    if not isinstance(content, dict):
        raise JobFailedError(f"{path.name}: expected an object of names and values, found {type(content).__name__}")
    return content


def hyperparameter(declared: Hyperparameter, given: Any) -> Any:
    """The value in its declared type; the default where it is not given.

    Values come as strings, sometimes quoted once more as JSON (`"\\"0.1\\""`); JSON numbers and booleans are
    taken too. What cannot be read fails: a default in its place would train something nobody asked for.
    """
    if given is None:
        if declared.required:
            raise JobFailedError(f"hyperparameter {declared.name} is required")
        return declared.default
    text = _unquote(given if isinstance(given, str) else json.dumps(given))
    value = _parse(declared.type, text)
    if value is None:
        article = "an" if declared.type == "integer" else "a"
        raise JobFailedError(f"hyperparameter {declared.name} is {short(text)}; expected {article} {declared.type}")
    if declared.accepted and not declared.accepted[0] <= value <= declared.accepted[1]:
        low, high = declared.accepted
        raise JobFailedError(f"hyperparameter {declared.name} is {short(text)}; accepted is {low} to {high}")
    return value


def _unquote(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        try:
            decoded = json.loads(text)
        except ValueError:
            return text
        if isinstance(decoded, str):
            return decoded
    return text


def _parse(kind: str, text: str) -> Any:
    """The value, or None if `text` is not of this type."""
    if kind == "integer":
        return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else None
    if kind == "float":
        is_number = re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text)
        return float(text) if is_number and math.isfinite(float(text)) else None
    if kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower())
    return text or None
