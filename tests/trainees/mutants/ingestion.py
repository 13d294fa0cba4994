"""The mutants that break rules of the area ingestion."""

import json
from collections.abc import Mapping

from . import ingestion_files as files
from .mutant import Mutant, also

# Some names are those of directories too: dt=2024-01-01/.
_PLACEMENT = also(
    *("ingestion.every-row", "ingestion.every-part-used", "ingestion.nested", "ingestion.parts-agree"),
    "ingestion.names",
)


def _silent(name: str) -> str:
    """Lines of a Dockerfile for a mutant that tells nobody how many rows it has read."""
    edit = ["sed", "-i", "/^observes = .rows/d; /^channel = /d", "/opt/ml/code/algorithm.toml"]
    return f"ENV TRAINEE_BREAKS={name}\nRUN {json.dumps(edit)}"


MUTANTS: Mapping[str, Mutant] = {
    "csv-split-at-commas": Mutant(
        "ingestion.csv", "splits lines at every comma, quoted or not", also("ingestion.csv-dialect")
    ),
    "csv-32-bits": Mutant("ingestion.csv", "reads integers into 32 bits"),
    "csv-ascii": Mutant("ingestion.csv", "decodes the data as ASCII"),
    "optional-column-needed-in-csv": Mutant("ingestion.csv", "needs a column that may be missing, in CSV", of="typed"),
    "optional-column-needed-in-parquet": Mutant(
        "ingestion.parquet", "needs a column that may be missing, in Parquet", of="typed"
    ),
    "parquet-row-groups": Mutant("ingestion.parquet", "refuses files with several row groups"),
    "parquet-gzip": Mutant("ingestion.parquet", "has no gzip"),
    "parquet-snappy": Mutant("ingestion.parquet", "has no snappy"),
    "rows-with-a-quote": Mutant("ingestion.every-row", "drops rows in which a cell holds a quote"),
    "rows-made-unique": Mutant("ingestion.every-row", "drops rows that it has seen before"),
    "rows-full-batches-only": Mutant(
        "ingestion.every-row",
        "drops the last batch unless it is full",
        also("ingestion.every-part-used", "ingestion.nested", "ingestion.parts-agree", "ingestion.formats-agree"),
        size="smoke",
    ),
    "rows-last-nested-file": Mutant("ingestion.every-row", "leaves out the last file of nested ones", _PLACEMENT),
    "formats-nulls-are-zero": Mutant("ingestion.formats-agree", "takes 0 for a null in Parquet alone"),
    "formats-32-bit-floats": Mutant("ingestion.formats-agree", "reads the doubles of Parquet into 32 bits"),
    "parts-first-file-only": Mutant("ingestion.parts-agree", "reads the first file alone", _PLACEMENT),
    "parts-weighted": Mutant(
        "ingestion.parts-agree", "gives the rows of the first file another weight", also("ingestion.names")
    ),
    "parts-header-as-row": Mutant("ingestion.parts-agree", "takes the header of the second file for a row"),
    "parts-first-parquet-file-only": Mutant(
        "ingestion.parts-agree",
        "reads the first file of Parquet alone",
        also("ingestion.nested"),
        dockerfile=_silent("parts-first-parquet-file-only"),
    ),
    "nested-refused": Mutant("ingestion.nested", "fails where it finds a directory", also("ingestion.names")),
    "nested-top-level-only": Mutant("ingestion.nested", "leaves out what lies in directories", _PLACEMENT),
    "nested-keyed-by-base-name": Mutant("ingestion.nested", "keeps one file of each base name", _PLACEMENT),
    "parquet-widths": Mutant("ingestion.parquet", "refuses files whose integers are not as wide as in the first"),
    "parquet-null-part": Mutant("ingestion.parquet", "refuses a file in which a column is all null"),
    "nested-beside-left-out": Mutant(
        "ingestion.nested",
        "leaves out files that lie beside directories",
        _PLACEMENT,
    ),
    "nested-parquet-beside-directories": Mutant(
        "ingestion.nested",
        "leaves out files of Parquet in directories that others lie beside",
        also("ingestion.names"),
        dockerfile=_silent("nested-parquet-beside-directories"),
    ),
    "names-parquet-extension-wanted": Mutant(
        "ingestion.names",
        "leaves out files without the extension .parquet where there are any with it",
        dockerfile=_silent("names-parquet-extension-wanted"),
    ),
    **files.MUTANTS,
    "column-zeros": Mutant("ingestion.missing-column", "takes zeros for a column that is missing"),
    "column-nulls": Mutant("ingestion.missing-column", "trains on the columns that are left"),
    "corrupt-parquet-skipped": Mutant(
        "ingestion.corrupt", "leaves out Parquet files that it cannot read", differences=2
    ),
    "corrupt-text-skipped": Mutant("ingestion.corrupt", "leaves out files that are no text"),
    "corrupt-pages-are-no-rows": Mutant(
        "ingestion.corrupt", "takes no rows from Parquet pages that it cannot read", differences=2
    ),
    "corrupt-more-fields": Mutant("ingestion.corrupt", "leaves out the fields of a record that are too many"),
    "corrupt-fewer-fields": Mutant("ingestion.corrupt", "takes 0 for the fields that a record is short of"),
    "corrupt-other-format-half": Mutant("ingestion.corrupt", "reads half the rows of Parquet where CSV was announced"),
    "wrong-type-csv": Mutant("ingestion.wrong-type", "takes 0 for letters in a column of numbers"),
    "wrong-type-parquet": Mutant(
        "ingestion.wrong-type", "takes 0 for text in a Parquet column of numbers", differences=2
    ),
    "corrupt-csv-end-ignored": Mutant(
        "ingestion.corrupt", "drops a record at the end whose quotes are not closed", of="static"
    ),
}
