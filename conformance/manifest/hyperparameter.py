"""Hyperparameters: what the image accepts, and what it is tested with."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import ValidationInfo, field_validator
from pydantic.functional_validators import AfterValidator

from conformance.manifest.column_type import finite_float
from conformance.manifest.table import (
    Array,
    ContradictionError,
    Problem,
    Scalar,
    Table,
    TomlScalar,
    duplicates,
    shown,
)

HyperparameterType = Literal["integer", "float", "string", "boolean"]
VALUE_LIMIT = 2500
_INTEGER_TEXT = re.compile(r"[+-]?[0-9]{1,4000}", re.ASCII)


def _not_empty(values: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    if not values:
        raise ValueError("should be [low, high] for numbers and at least one value for strings and booleans, found []")
    return values


Values = Annotated[Array[TomlScalar], AfterValidator(_not_empty)]


class Hyperparameter(Table):
    """One hyperparameter. Numbers: `tested` and `accepted` are [low, high], both inclusive; strings and booleans: the
    values. `accepted` None: not claimed. `default` None: not claimed. `observable`: changing it must change a metric
    that observes the model."""

    type: HyperparameterType
    tested: Values
    accepted: Values | None = None
    default: TomlScalar | None = None
    required: bool = False
    observable: bool = False

    @property
    def is_number(self) -> bool:
        """Whether `tested` and `accepted` are ranges."""
        return self.type in {"integer", "float"}

    def accepts(self, value: Scalar) -> bool:
        """Whether a value of the right type lies within `accepted`; where that is not declared, True."""
        if self.accepted is None:
            return True
        if self.is_number:
            low, high = self.accepted
            return bool(low <= value <= high)  # type: ignore[operator]
        return value in self.accepted

    @field_validator("tested", "accepted")
    @classmethod
    def _of_the_type(cls, values: tuple[Scalar, ...] | None, info: ValidationInfo) -> tuple[Scalar, ...] | None:
        kind: HyperparameterType | None = info.data.get("type")
        if values is None or kind is None:
            return values
        read: list[Scalar] = []
        wrong: list[Problem] = []
        for index, value in enumerate(values):
            try:
                read.append(_read(kind, value))
            except ValueError as error:
                wrong.append(Problem((index,), str(error)))
        if wrong:
            raise ContradictionError(wrong)
        if kind in {"integer", "float"}:
            if len(read) != 2:
                raise ValueError(f"should be [low, high] for a hyperparameter of type {kind}, found {shown(values)}")
            if read[0] > read[1]:  # type: ignore[operator]
                raise ValueError(f"should be [low, high] with low not above high, found {shown(values)}")
        elif again := duplicates(read):
            raise ValueError(f"should hold each value once, found {shown(again[0])} again")
        return tuple(read)

    @field_validator("default")
    @classmethod
    def _default_of_the_type(cls, default: Scalar | None, info: ValidationInfo) -> Scalar | None:
        kind: HyperparameterType | None = info.data.get("type")
        return default if default is None or kind is None else _read(kind, default)

    def contradictions(self) -> Iterator[Problem]:
        """Values that are tested or the default and not accepted, and claims that nothing can show."""
        for value in self.tested:
            if not self.accepts(value):
                yield Problem(("tested",), f"should lie within accepted, {shown(self.accepted)}, found {shown(value)}")
        if self.default is not None and not self.accepts(self.default):
            yield Problem(
                ("default",), f"should lie within accepted, {shown(self.accepted)}, found {shown(self.default)}"
            )
        if self.required and self.default is not None:
            yield Problem(
                ("default",), "says what holds where it is not set, and required = true that it must be; leave one out"
            )
        if self.observable and len(set(self.tested)) < 2:
            yield Problem(
                ("tested",), f"should hold two values that differ, as observable = true, found {shown(self.tested)}"
            )


def _read(kind: HyperparameterType, value: Scalar) -> Scalar:
    match kind:
        case "integer" if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"should be an integer, found {shown(value)}")
        case "float":
            return finite_float(value)
        case "boolean" if not isinstance(value, bool):
            raise ValueError(f"should be true or false, found {shown(value)}")
        case "string" if not isinstance(value, str):
            raise ValueError(f"should be a string, found {shown(value)}")
        case "string" if isinstance(value, str) and len(value) > VALUE_LIMIT:
            raise ValueError(f"should be {VALUE_LIMIT} characters at most, as the API says, found {len(value)}")
    return value


def read_text(kind: HyperparameterType, text: str) -> Scalar:
    """The value that the string of a hyperparameters.json stands for; raises ValueError where it is not of the type."""
    match kind:
        case "integer" if _INTEGER_TEXT.fullmatch(text):
            return int(text)
        case "float":
            try:
                return finite_float(float(text))
            except ValueError:
                raise ValueError(f"should be text that reads as a finite number, found {shown(text)}") from None
        case "boolean" if text in {"true", "false"}:
            return text == "true"
        case "string":
            return _read(kind, text)
    example = {"integer": 'an integer, such as "3"', "boolean": '"true" or "false"'}[kind]
    raise ValueError(f"should be text that reads as {example}, found {shown(text)}")
