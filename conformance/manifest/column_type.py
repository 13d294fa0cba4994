"""The types of columns, named as AWS Glue names them."""

import math
import re
import struct
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, get_args

from conformance.manifest.table import Scalar, did_you_mean, shown

Kind = Literal[
    "boolean",
    "tinyint",
    "smallint",
    "int",
    "bigint",
    "float",
    "double",
    "decimal",
    "string",
    "char",
    "varchar",
    "date",
    "timestamp",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
SUPPORTED_TYPES = (
    "boolean, tinyint, smallint, int, bigint, float, double, decimal(p,s), string, char(n), varchar(n), date, timestamp"
)
CELL_LIMIT_BYTES = 8192
_INTEGER_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
_LONGEST = {"char": 255, "varchar": 65535}
_FLOAT32_MAX = (2 - 2**-23) * 2.0**127
_SPELLING = re.compile(r"([a-z]+)(?:\(\s*(\d{1,9})\s*(?:,\s*(\d{1,9})\s*)?\))?", re.ASCII)


@dataclass(frozen=True)
class ColumnType:
    """A column's type. `precision` and `scale` (in digits) belong to decimal, `length` (in characters) to char and
    varchar; they are None elsewhere. `str()` gives the spelling of AWS Glue."""

    kind: Kind
    precision: int | None = None
    scale: int | None = None
    length: int | None = None

    @classmethod
    def parse(cls, text: str) -> "ColumnType":
        """The type that `text` names, such as `decimal(10,2)`; raises ValueError with what would be right."""
        spelling = _SPELLING.fullmatch(text)
        word, *numbers = spelling.groups() if spelling else (text,)
        kind = next((kind for kind in KINDS if kind == word), None)
        if kind is None:
            raise ValueError(
                f"{shown(text)} is not a column type; {did_you_mean(text, KINDS)}supported are {SUPPORTED_TYPES}"
            )
        given = [int(number) for number in numbers if number is not None]
        match kind, given:
            case "decimal", [precision, scale] if 1 <= precision <= 38 and scale <= precision:
                return cls("decimal", precision=precision, scale=scale)
            case "decimal", _:
                raise ValueError(f"{shown(text)} should be decimal(p,s) with p from 1 to 38 and s from 0 to p")
            case ("char" | "varchar") as kind, [length] if 1 <= length <= _LONGEST[kind]:
                return cls(kind, length=length)
            case ("char" | "varchar") as kind, _:
                raise ValueError(f"{shown(text)} should be {kind}(n) with n from 1 to {_LONGEST[kind]}")
            case _, []:
                return cls(kind)
        raise ValueError(f"{shown(text)} should be {kind}, without numbers in parentheses")

    def __str__(self) -> str:
        match self.kind:
            case "decimal":
                return f"decimal({self.precision},{self.scale})"
            case "char" | "varchar":
                return f"{self.kind}({self.length})"
        return self.kind

    @property
    def is_integer(self) -> bool:
        """Whether its values are whole numbers of 8 to 64 bits."""
        return self.kind in _INTEGER_BITS

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.is_integer or self.kind in {"float", "double", "decimal"}

    @property
    def is_text(self) -> bool:
        """Whether its values are strings."""
        return self.kind in {"string", "char", "varchar"}

    @property
    def is_temporal(self) -> bool:
        """Whether its values are dates or timestamps."""
        return self.kind in {"date", "timestamp"}

    @property
    def integer_range(self) -> tuple[int, int] | None:
        """The lowest and the highest value of an integer type; None for the others."""
        bits = _INTEGER_BITS.get(self.kind)
        return None if bits is None else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)

    def read(self, value: Scalar) -> Scalar:
        """The value as this type holds it: bool, int, float (float and double), int or float (decimal), str, date or
        datetime without a time zone (dates are also read from ISO text). Raises ValueError with what would be right."""
        match self.kind:
            case "boolean":
                fits = isinstance(value, bool)
            case "tinyint" | "smallint" | "int" | "bigint":
                return self._read_integer(value)
            case "float" | "double":
                return self._read_float(value)
            case "decimal":
                return self._read_decimal(value)
            case "date" | "timestamp":
                return self._read_time(value)
            case _:
                return self._read_text(value)
        if not fits:
            raise ValueError(f"should be true or false, found {shown(value)}")
        return value

    def equal(self, one: Scalar, other: Scalar) -> bool:
        """Whether two values that this type takes are the same once it holds them: `float` has 32 bits, TOML 64."""
        if self.kind == "float":
            return struct.unpack("f", struct.pack("f", one)) == struct.unpack("f", struct.pack("f", other))
        return one == other

    def _read_integer(self, value: Scalar) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"should be an integer, as the column is {self}, found {shown(value)}")  # noqa: TRY004
        low, high = self.integer_range or (value, value)
        if not low <= value <= high:
            raise ValueError(f"should be within the range of {self}, {low} to {high}, found {shown(value)}")
        return value

    def _read_float(self, value: Scalar) -> float:
        number = finite_float(value)
        if self.kind == "float" and abs(number) > _FLOAT32_MAX:
            raise ValueError(f"should be within the range of float, ±3.4028e38, found {shown(value)}")
        return number

    def _read_decimal(self, value: Scalar) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(finite_float(value)):
            raise ValueError(f"should be a number, as the column is {self}, found {shown(value)}")
        scale = self.scale or 0
        number = Decimal(repr(value))
        if abs(number) >= Decimal(10) ** ((self.precision or 0) - scale):
            raise ValueError(f"should be within the range of {self}, found {shown(value)}")
        exponent = number.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > scale:
            raise ValueError(f"should have no more decimals than {self}, found {shown(value)}")
        return value

    def _read_text(self, value: Scalar) -> str:
        if not isinstance(value, str):
            raise ValueError(f"should be a string, as the column is {self}, found {shown(value)}")  # noqa: TRY004
        if "\0" in value:
            raise ValueError(f"should have no NUL character, found {shown(value)}")
        if self.length is not None and len(value) > self.length:
            raise ValueError(f"should be no longer than {self} holds, found {len(value)} characters")
        if len(value.encode()) > CELL_LIMIT_BYTES:
            raise ValueError(f"should be {CELL_LIMIT_BYTES} bytes at most, found {len(value.encode())}")
        return value

    def _read_time(self, value: Scalar) -> date | datetime:
        example = "2024-01-31" if self.kind == "date" else "2024-01-31 12:30:00"
        wrong = ValueError(f"should be a {self} such as {example}, without a time zone, found {shown(value)}")
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value) if self.kind == "date" else datetime.fromisoformat(value)
            except ValueError:
                raise wrong from None
        if self.kind == "date":
            if isinstance(value, date) and not isinstance(value, datetime):
                return value
            raise wrong
        if isinstance(value, datetime) and value.tzinfo is None:
            return value
        if isinstance(value, date) and not isinstance(value, datetime):
            return datetime(value.year, value.month, value.day)
        raise wrong


def finite_float(value: Scalar) -> float:
    """The number as a float; raises ValueError for what is no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"should be a number, found {shown(value)}")  # noqa: TRY004
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"should be a number that a float holds, found {shown(value)}") from None
    if not math.isfinite(number):
        raise ValueError(f"should be a finite number, found {shown(value)}")
    return number
