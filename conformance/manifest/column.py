"""Columns of a channel: what their cells can hold."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, PlainSerializer, PlainValidator, ValidationInfo, field_validator

from conformance.manifest.column_type import CELL_LIMIT_BYTES, SUPPORTED_TYPES, ColumnType
from conformance.manifest.table import (
    Array,
    ContradictionError,
    Problem,
    Scalar,
    Table,
    TomlScalar,
    compiled,
    duplicates,
    label,
    shown,
)


def _read_type(value: object) -> ColumnType:
    if isinstance(value, ColumnType):
        return value
    if not isinstance(value, str):
        raise ValueError(f"should be a string that names a type, one of {SUPPORTED_TYPES}; found {shown(value)}")  # noqa: TRY004
    return ColumnType.parse(value)


class Column(Table):
    """One column of a channel.

    `minimum` and `maximum` are inclusive: numbers, dates (date) or datetimes (timestamp). `values` are all the values
    there can be beside null. `pattern` is matched against whole cells. `max_length` counts characters.
    `min_per_value` is how many rows of each of `values` every table has.
    """

    name: str
    type: Annotated[ColumnType, PlainValidator(_read_type), PlainSerializer(str)]
    nullable: bool = False
    optional: bool = False
    minimum: TomlScalar | None = None
    maximum: TomlScalar | None = None
    values: Array[TomlScalar] | None = None
    pattern: str | None = None
    max_length: int | None = Field(default=None, ge=1)
    min_per_value: int | None = Field(default=None, ge=1)

    @field_validator("name")
    @classmethod
    def _name_of_one_line(cls, name: str) -> str:
        return label(name, 255)

    @field_validator("minimum", "maximum")
    @classmethod
    def _bound_of_the_type(cls, bound: Scalar | None, info: ValidationInfo) -> Scalar | None:
        column_type: ColumnType | None = info.data.get("type")
        if bound is None or column_type is None:
            return bound
        if not (column_type.is_number or column_type.is_temporal):
            instead = "values, pattern or max_length" if column_type.is_text else "values"
            raise ValueError(f"a {column_type} column has no bounds; declare {instead} instead, or leave it out")
        return column_type.read(bound)

    @field_validator("values")
    @classmethod
    def _values_of_the_type(cls, values: tuple[Scalar, ...] | None, info: ValidationInfo) -> tuple[Scalar, ...] | None:
        column_type: ColumnType | None = info.data.get("type")
        if values is None or column_type is None:
            return values
        if not values:
            raise ValueError("should hold at least one value, or be left out, found []")
        read: list[Scalar] = []
        wrong: list[Problem] = []
        for index, value in enumerate(values):
            try:
                read.append(column_type.read(value))
            except ValueError as error:
                wrong.append(Problem((index,), str(error)))
        if wrong:
            raise ContradictionError(wrong)
        if again := duplicates(read):
            raise ValueError(f"should hold each value once, found {shown(again[0])} again")
        return tuple(read)

    @field_validator("pattern", "max_length")
    @classmethod
    def _only_for_text(cls, value: str | int | None, info: ValidationInfo) -> str | int | None:
        column_type: ColumnType | None = info.data.get("type")
        if value is not None and column_type is not None and not column_type.is_text:
            raise ValueError(f"is for string, char(n) and varchar(n) columns alone, and this one is {column_type}")
        if isinstance(value, str):
            if not value:
                raise ValueError('should be a regular expression that matches whole cells, or be left out, found ""')
            compiled(value)
        return value

    def contradictions(self) -> Iterator[Problem]:
        """Bounds, values, pattern and lengths that exclude one another."""
        low, high = self.minimum, self.maximum
        if low is not None and high is not None and low > high:  # type: ignore[operator]
            yield Problem(("minimum",), f"should not be above maximum, found {shown(low)} above {shown(high)}")
        if self.min_per_value is not None and self.values is None:
            yield Problem(("min_per_value",), "counts rows of each of values, and no values are declared; add values")
        room, room_name = self._room()
        if self.type.length is not None and self.max_length is not None and self.max_length > self.type.length:
            yield Problem(("max_length",), f"should not be above what {self.type} holds, found {self.max_length}")
        if self.pattern is not None and (shortest := shortest_match(self.pattern)) > room:
            message = f"should match cells of {room} characters ({room_name}) or less, and matches {shortest} or more"
            yield Problem(("pattern",), message)
        for index, value in enumerate(self.values or ()):
            if reason := self._misfit(value):
                yield Problem(("values", index), reason)

    def check(self, cell: Scalar | None) -> None:
        """Raises ValueError, with what would be right, where the column as it is declared never holds this cell."""
        if cell is None:
            if not self.nullable:
                raise ValueError("should not be null, as the column is not nullable")
            return
        value = self.type.read(cell)
        if self.values is not None:
            if not any(self.type.equal(value, listed) for listed in self.values):
                raise ValueError(f"should be one of values, {shown(self.values)}, found {shown(value)}")
            return
        if reason := self._misfit(value):
            raise ValueError(reason)

    def _misfit(self, value: Scalar) -> str | None:
        """Why bounds, lengths or the pattern exclude a value of the column's type; None where they do not."""
        low, high = self.minimum, self.maximum
        if (low is not None and value < low) or (high is not None and value > high):  # type: ignore[operator]
            return f"should be within minimum and maximum, found {shown(value)}"
        if isinstance(value, str) and self.max_length is not None and len(value) > self.max_length:
            return f"should not be longer than max_length, {self.max_length}, found {shown(value)}"
        if isinstance(value, str) and self.pattern and not compiled(self.pattern).fullmatch(value):
            return f"should match pattern {shown(self.pattern)}, found {shown(value)}"
        return None

    def _room(self) -> tuple[int, str]:
        """The characters that a cell of text can have, and the name of what sets that limit."""
        limits = [(CELL_LIMIT_BYTES, "the limit of a cell")]
        if self.type.length is not None:
            limits.append((self.type.length, str(self.type)))
        if self.max_length is not None:
            limits.append((self.max_length, "max_length"))
        return min(limits, key=lambda limit: limit[0])


def shortest_match(pattern: str) -> int:
    """A lower bound of the characters in any match of a pattern that compiles."""
    # The parser of `re` knows this and shows it nowhere in public.
    return int(re._parser.parse(pattern).getwidth()[0])  # type: ignore[attr-defined]  # noqa: SLF001
