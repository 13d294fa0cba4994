"""The files of a channel with a fault in it: what is damaged is damaged so that every reader notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa

from conformance.data.columnar import orc_bytes
from conformance.data.csv_text import cell_text, header_text
from conformance.values.job import Fault, Job

Encode = Callable[[pd.DataFrame, str], bytes]
"""Writes rows as a file of a format, csv or parquet."""

_FOREIGN_BYTES = 4096
_END = 8
"""The length of a Parquet file's footer and its magic number."""


def first_file(job: Job) -> str:
    """Return the name of the first file of a job whose rows lie in one."""
    return f"part-00000.{job['format']}"


def faulty_files(
    fault: Fault, rows: pd.DataFrame, format_: str, *, header: bool, encode: Encode
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the channel that a fault lies in, by their names; ``header`` says whether CSV has one."""
    name = fault.file or f"part-00000.{format_}"
    match fault.kind:
        case "channel-empty" | "channel-pipe" | "channel-missing":
            return
        case "zero-bytes":
            yield name, b""
            yield f"part-00001.{format_}", b""
        case "header-alone":
            yield name, header_text(rows).encode() + b"\n"
        case "column-missing":
            yield name, encode(rows.drop(columns=fault.subject), format_)
        case "wrong-type":
            yield name, encode(_with_letters(rows, fault.subject, fault.value), format_)
        case "wrong-cell":
            yield name, encode(_with_wrong_cell(rows, fault), format_)
        case "undeclared-format" if fault.value == "orc":
            yield "part-00000.orc", orc_bytes(rows)
        case "undeclared-format":
            yield name, encode(rows, format_)
        case "corrupt" if fault.value == "other-format":
            yield name, encode(rows, "csv" if format_ == "parquet" else "parquet")
        case "corrupt":
            # Whoever leaves out what cannot be read trains on the rest: the damaged file is the first of two.
            first = max(1, len(rows) // 2)
            yield name, _damaged(fault, rows.iloc[:first], format_, header=header, encode=encode)
            if first < len(rows):
                yield f"part-00001.{format_}", encode(rows.iloc[first:], format_)
        case _:
            yield name, encode(rows, format_)


def _damaged(fault: Fault, rows: pd.DataFrame, format_: str, *, header: bool, encode: Encode) -> bytes:
    if fault.value == "foreign":
        return _foreign_bytes(len(rows))
    if format_ == "parquet":
        return _damaged_parquet(encode(rows, format_), fault.value)
    records = [[cell_text(value) for value in record] for record in rows.astype(object).itertuples(index=False)]
    middle = len(records) // 2
    end = "\n"
    match fault.value:
        case "more-fields":
            records[middle] += ["more", "fields"]
        case "fewer-fields":
            records[middle] = records[middle][: list(rows.columns).index(fault.subject)]
        case _:
            # The rest of the file is lost, with the end of the cell.
            cut = next((i for i, value in enumerate(rows.iloc[middle]) if isinstance(value, str)), 0)
            records = [*records[:middle], [*records[middle][:cut], '"' + _half(rows.iloc[middle].iloc[cut])]]
            end = ""
    lines = [header_text(rows)] if header else []
    lines += [",".join(record) for record in records]
    return ("\n".join(lines) + end).encode()


def _half(value: object) -> str:
    text = cell_text(value) if not isinstance(value, str) else value
    return text[: max(1, len(text) // 2)].replace('"', "") or "x"


def _damaged_parquet(content: bytes, way: str) -> bytes:
    footer = len(content) - _END - int.from_bytes(content[-_END:-4], "little")
    match way:
        case "page-damaged":
            # All of them, and their headers: a reader may need one column alone, and nothing checks the cells.
            return content[:4] + b"\xff" * (footer - 4) + content[footer:]
        case "page-cut":
            return content[:4] + content[footer:]
        case _:
            return content[: -min(24, len(content) // 2)]


def _foreign_bytes(seed: int) -> bytes:
    """Return bytes that are no UTF-8 and no file of a known format."""
    return b"\xfe\xff\x00" + np.random.default_rng(seed).bytes(_FOREIGN_BYTES)


def _with_letters(rows: pd.DataFrame, column: str, letters: str) -> pd.DataFrame:
    """Return rows in which a column is text, that of the same values but for one in the middle."""
    texts = [None if pd.isna(value) else cell_text(value) for value in rows[column].astype(object)]
    texts[len(texts) // 2] = letters
    lettered = rows.copy()
    lettered[column] = pd.Series(texts, dtype=pd.ArrowDtype(pa.string()), index=rows.index)
    return lettered


def _with_wrong_cell(rows: pd.DataFrame, fault: Fault) -> pd.DataFrame:
    """Return the rows with one cell that is not of its column's type; such a column can only be one of texts."""
    cells = [cell_text(cell) or None for cell in rows[fault.subject].array]
    cells[fault.row] = fault.value
    return rows.assign(**{fault.subject: pd.Series(cells, dtype=pd.ArrowDtype(pa.string()), index=rows.index)})
