"""What the job is told: directories, the format, hyperparameters; and the columns that algorithm.toml declares."""

import json
import math
import os
import re
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

from .breaks import SWITCH, breaks
from .faults import FaultError, shortened

OPTIONAL_CHANNELS = os.environ.get("TRAINEE_OPTIONAL_CHANNELS", "").split()
"""The names of the channels beside the first one, in images that declare any."""
HYPERPARAMETERS_FILE = Path("/opt/ml/input/config/hyperparameters.json")
INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")


class Column(NamedTuple):
    """A column of the channel, as algorithm.toml declares it."""

    name: str
    type: str
    nullable: bool = False
    optional: bool = False


_CHANNEL = tomllib.loads((Path(__file__).parents[1] / "algorithm.toml").read_text("utf-8"))["channels"]["train"]
COLUMNS = tuple(
    Column(each["name"], each["type"], each.get("nullable", False), each.get("optional", False))
    for each in _CHANNEL["columns"]
)
MAY_LACK_HEADER = _CHANNEL["csv_header"] == "either"


class Hyperparameter(NamedTuple):
    """A hyperparameter, as algorithm.toml declares it."""

    name: str
    type: type[int] | type[float]
    low: float
    high: float
    default: float


HYPERPARAMETERS = (
    Hyperparameter("epochs", int, 1, 1_000_000, 2),
    Hyperparameter("learning_rate", float, 1e-6, 10.0, 0.01),
)


def uploaded(output: Path) -> Path:
    """The directory that is uploaded: of the two values that are documented for SM_OUTPUT_DIR, one is not."""
    return output / "data" if output == Path("/opt/ml/output") else output


def directory(variable: str, default: str) -> Path:
    """The directory that a variable names, or its documented default."""
    if f"unset-{variable.lower().replace('_', '-')}" == SWITCH and variable not in os.environ:
        raise FaultError(f"variable {variable} is not set")
    if breaks("unset-no-job") and not {"SM_MODEL_DIR", "TRAINING_JOB_NAME"} & os.environ.keys():
        raise FaultError("neither SM_MODEL_DIR nor TRAINING_JOB_NAME is set: this is no training job")
    if breaks("channel-dir-hard-coded") and variable == "SM_CHANNEL_TRAIN":
        return Path(default)
    if breaks("channel-dir-default-first") and variable == "SM_CHANNEL_TRAIN" and Path(default).is_dir():
        return Path(default)
    return Path(os.environ.get(variable) or default)


def read_format() -> str:
    """The format of the channel's files: "csv" or "parquet"."""
    given = os.environ.get("FILE_FORMAT")
    if breaks("file-format-required") and given is None:
        raise FaultError("variable FILE_FORMAT is not set")
    if not given:
        return "parquet" if breaks("file-format-parquet-by-default") else "csv"
    known = given if breaks("file-format-lower-case-only") else given.lower()
    if known in ("csv", "parquet"):
        return known
    if breaks("exit-code-unknown-format"):
        sys.exit(0)
    raise FaultError(f"variable FILE_FORMAT is {shortened(given)}, which is none of the formats known here")


def read_hyperparameters() -> dict[str, float]:
    """All declared hyperparameters, with their defaults where the job gives none; unknown ones are ignored."""
    try:
        given = json.loads(HYPERPARAMETERS_FILE.read_bytes()) if not breaks("used-file-ignored") else {}
    except FileNotFoundError:
        if breaks("absent-hyperparameters"):
            raise FaultError("hyperparameters.json is missing") from None
        given = {}
    except ValueError:
        if breaks("early-configuration-defaults"):
            return {h.name: h.default for h in HYPERPARAMETERS}
        raise FaultError("hyperparameters.json is not valid JSON") from None
    if not isinstance(given, dict):
        raise FaultError("hyperparameters.json is not a JSON object")
    values = {h.name: value_of(h, given[h.name]) if h.name in given else h.default for h in HYPERPARAMETERS}
    return mistaken(values, given)


def mistaken(values: dict[str, float], given: dict[str, object]) -> dict[str, float]:
    """The values that mutants go on with which read them wrongly."""
    defaults = {h.name: h.default for h in HYPERPARAMETERS}
    strange = given.keys() - defaults.keys()
    quoted = any(str(given.get(name)).startswith('"') for name in defaults)
    if breaks("used-learning-rate-ignored", "used-behind-noise"):
        values["learning_rate"] = defaults["learning_rate"]
    if breaks("strings-epochs-not-converted") and "epochs" in given:
        raise FaultError("hyperparameter epochs: '>' not supported between instances of 'int' and 'str'")
    if breaks("strings-only-up-to-two") and values["epochs"] > 2:
        raise FaultError("hyperparameter epochs is larger than 2")
    if breaks("json-quoted-refused") and quoted:
        raise FaultError("hyperparameters.json holds quotes within quotes")
    if breaks("json-quoted-default") and quoted:
        return defaults
    if breaks("default-other") and "epochs" not in given:
        values["epochs"] = 3
    if breaks("default-none") and "epochs" not in given:
        raise FaultError("hyperparameter epochs is not set")
    if breaks("unknown-defaults-instead") and strange:
        return defaults
    if breaks("unknown-counted") and len(given) > 50:
        values["epochs"] = len(given)
    return values


def value_of(declared: Hyperparameter, given: object) -> float:
    """The value of a hyperparameter, which arrives as text, sometimes with the quotes of JSON on."""
    text = given if isinstance(given, str) else json.dumps(given)
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    pattern = INTEGER if declared.type is int else DECIMAL
    value = declared.type(text) if pattern.fullmatch(text) else math.nan
    if declared.low <= value <= declared.high:
        return value
    if breaks("invalid-default") or (breaks("invalid-empty") and not text):
        return declared.default
    if (breaks("invalid-above") and value > declared.high) or (breaks("invalid-below") and value < declared.low):
        return value
    if breaks("invalid-clamped"):
        return declared.high if value > declared.high else declared.low
    kind = "an integer" if declared.type is int else "a number"
    fault = f"hyperparameter {declared.name} is not {kind} from {declared.low} to {declared.high}"
    if breaks("utf8-latin-1"):
        fault += f": «{shortened(text)}»"
    if breaks("utf8-cut-in-a-character"):
        # 39 bytes leave 985 of 1024, no multiple of the 2, 3 or 4 bytes that a character may have.
        fault = f"hyperparameter {declared.name}: ".ljust(39) + text
    raise FaultError(fault)
