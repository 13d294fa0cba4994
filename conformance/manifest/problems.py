"""From pydantic's errors to messages for a person: what was found, and what would be right."""

import re
from collections.abc import Iterator

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from conformance.manifest.model import (
    Algorithm,
    Channel,
    Column,
    Container,
    Hyperparameter,
    Interrupt,
    Limits,
    Manifest,
    Metric,
)
from conformance.manifest.table import ContradictionError, Problem, did_you_mean, dotted, one_line, shown

_RIGHT = {
    "string_type": "a string",
    "int_type": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "finite_number": "a finite number",
    "tuple_type": "an array, [...]",
    "dict_type": "a table",
    "model_type": "a table",
}


class ManifestError(Exception):
    """A manifest that cannot be used. Its text is the whole message: the file, and for each mistake the key as a
    dotted TOML path (items of arrays count from 0), what was found and what would be right."""

    def __init__(self, name: str, *problems: Problem) -> None:
        self.name = name
        self.problems = problems
        lines = [
            f"{dotted(problem.path)}: {problem.message}" if problem.path else problem.message for problem in problems
        ]
        start, lines = one_line(name), [one_line(line) for line in lines]
        if len(lines) == 1:
            super().__init__(f"{start}: {lines[0]}")
        else:
            super().__init__("\n  ".join([f"{start} has {len(lines)} mistakes:", *lines]))


def problems_of(error: ValidationError) -> list[Problem]:
    """Every mistake that the validation of a Manifest found."""
    return [problem for details in error.errors(include_url=False) for problem in _problems(details)]


def _problems(details: ErrorDetails) -> Iterator[Problem]:
    path, found = details["loc"], details["input"]
    match details["type"]:
        case "value_error":
            reason = details["ctx"]["error"]
            if isinstance(reason, ContradictionError):
                yield from (Problem((*path, *problem.path), problem.message) for problem in reason.problems)
            else:
                yield Problem(path, str(reason))
        case "missing":
            yield Problem(path, f"is missing; {_needed(path)}")
        case "extra_forbidden":
            yield Problem(path, _unknown(path))
        case "literal_error":
            choices = re.findall(r"'([^']*)'", details["ctx"]["expected"])
            near = did_you_mean(found, choices) if isinstance(found, str) else ""
            listed = ", ".join(f'"{choice}"' for choice in choices)
            yield Problem(path, f"should be one of {listed}; {near}found {shown(found)}")
        case kind if kind in _RIGHT:
            yield Problem(path, f"should be {_RIGHT[kind]}, found {shown(found)}")
        case _:
            yield Problem(path, f"{details['msg'].replace('Input should', 'should')}, found {shown(found)}")


def _needed(path: tuple[str | int, ...]) -> str:
    match path:
        case ("channels",):
            return "declare at least one channel, [channels.<name>]"
        case (*_, "type"):
            return 'every column and hyperparameter has one, such as type = "double" or type = "integer"'
        case ("hyperparameters", _, "tested"):
            return "it says what jobs are drawn from: [low, high] for numbers, else the values"
        case ("algorithm",):
            return 'declare [algorithm] with a name = "…"'
    return "it is always needed"


def _unknown(path: tuple[str | int, ...]) -> str:
    if path == ("limits", "gpus"):
        return "is reserved for a later version, and cannot be declared yet; leave it out"
    model = _model_at(path[:-1])
    known = [field.alias or name for name, field in model.model_fields.items()]
    return f"is not a key of this table; {did_you_mean(str(path[-1]), known)}known are {', '.join(known)}"


def _model_at(path: tuple[str | int, ...]) -> type[BaseModel]:
    match path:
        case ("algorithm",):
            return Algorithm
        case ("container",):
            return Container
        case ("container", "metrics", _):
            return Metric
        case ("channels", _):
            return Channel
        case ("channels", _, "columns", _):
            return Column
        case ("hyperparameters", _):
            return Hyperparameter
        case ("interrupt",):
            return Interrupt
        case ("limits",):
            return Limits
    return Manifest
