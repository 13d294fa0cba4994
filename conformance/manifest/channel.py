"""Input channels: tables of rows, in one or several files."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from conformance.manifest.column import Column
from conformance.manifest.table import Array, Problem, Table, duplicates, label, non_empty_and_unique, shown

Format = Literal["csv", "parquet"]
DEFAULT_MIN_ROWS = 32
# Tables are drawn in memory, and a manifest is the word of whoever is judged.
MIN_ROWS_LIMIT = 1_000_000


def relative_path(path: str) -> str:
    """The path itself, if a file beside the manifest can have it; raises ValueError with what would be right."""
    label(path, 4096)
    if path.startswith("/"):
        raise ValueError(f"should be a path relative to the manifest, found {shown(path)}")
    return path


SiblingPath = Annotated[str, AfterValidator(relative_path)]


class Channel(Table):
    """One input channel: a table in one or several files below /opt/ml/input/data/<name>.

    `schema_file` (key `schema`) and `sample` are paths relative to the manifest. `columns` are in the order of the
    file, or of the schema where that is given.
    """

    required: bool = True
    formats: Annotated[Array[Format], AfterValidator(non_empty_and_unique)] = ("csv", "parquet")
    csv_header: Literal["present", "absent", "either"] = "present"
    extra_columns: Literal["refused", "ignored", "used"] | None = None
    min_rows: int = Field(default=DEFAULT_MIN_ROWS, ge=1, le=MIN_ROWS_LIMIT)
    max_rows: int | None = Field(default=None, ge=1)
    sample: SiblingPath | None = None
    schema_file: SiblingPath | None = Field(default=None, alias="schema")
    columns: Array[Column] = ()

    @property
    def columns_to_miss(self) -> tuple[str, ...]:
        """The columns without which the channel must be refused: none where further ones are used, or for an only
        one."""
        if self.extra_columns == "used" or len(self.columns) < 2:
            return ()
        return tuple(column.name for column in self.columns if not column.optional)

    @property
    def csv_shows_missing_columns(self) -> bool:
        """Whether CSV files name their columns, or have as many fields in any record.

        Without names too few fields are a null at the end, or an optional column that is not there, for all that a
        reader can tell.
        """
        return self.csv_header != "absent" or not any(column.nullable or column.optional for column in self.columns)

    @property
    def typed_columns(self) -> tuple[Column, ...]:
        """The columns that are always there and of which letters are no value."""
        return tuple(column for column in self.columns if not (column.type.is_text or column.optional))

    def contradictions(self) -> Iterator[Problem]:
        """Columns, row counts and format options that exclude one another."""
        if not self.columns:
            yield Problem(("columns",), "should hold at least one column; declare columns, or a schema file")
        elif all(column.optional for column in self.columns):
            yield Problem(("columns",), "should hold at least one column that is not optional")
        for name in duplicates(column.name for column in self.columns):
            yield Problem(("columns",), f"should each have a name of their own, found {shown(name)} again")
        if "csv_header" in self.model_fields_set and "csv" not in self.formats:
            yield Problem(("csv_header",), 'is about CSV, and formats holds no "csv"; add it, or leave csv_header out')
        if self.max_rows is not None and self.min_rows > self.max_rows:
            origin = "" if "min_rows" in self.model_fields_set else " (the default)"
            yield Problem(
                ("min_rows",), f"should not be above max_rows, found {self.min_rows}{origin} above {self.max_rows}"
            )
        for index, column in enumerate(self.columns):
            yield from self._column_contradictions(index, column)

    def _column_contradictions(self, index: int, column: Column) -> Iterator[Problem]:
        if column.optional and self.formats == ("csv",) and self.csv_header == "absent":
            yield Problem(
                ("columns", index, "optional"),
                "should be false, as without a header nothing tells which column is short",
            )
        rows = (column.min_per_value or 0) * len(column.values or ())
        for limit_name, limit in (("max_rows", self.max_rows), ("min_rows", self.min_rows)):
            if limit is not None and rows > limit:
                yield Problem(
                    ("columns", index, "min_per_value"),
                    f"takes {rows} rows for {len(column.values or ())} values, which are always there, and {limit_name}"
                    f" is {limit}; declare {limit_name} = {rows} or more, or lower it",
                )
                return
