"""The mutants that break rules of the area ingestion on what rows and directories hold, and whether it is used."""

from collections.abc import Mapping

from .mutant import Mutant, also

# Which file comes first depends on how they are called.
_LAYOUT = also("ingestion.parts-agree", "ingestion.names")
_NO_MIN_PER_VALUE = """ENV TRAINEE_BREAKS=degenerate-single-class
RUN ["sed", "-i", "/min_per_value/d", "/opt/ml/code/algorithm.toml"]"""

MUTANTS: Mapping[str, Mutant] = {
    "noise-hidden-files-are-read": Mutant(
        "ingestion.noise", "reads every file, also those that begin with _ or .", also("ingestion.every-row")
    ),
    "noise-underscores-are-read": Mutant(
        "ingestion.noise", "skips files that begin with . alone", also("ingestion.every-row")
    ),
    "noise-success-adds-a-row": Mutant("ingestion.noise", "takes _SUCCESS for a row", also("ingestion.every-row")),
    "markers-success": Mutant("ingestion.markers", "fails where there is _SUCCESS"),
    "markers-crc": Mutant("ingestion.markers", "fails where there is a .crc file"),
    "markers-empty-part": Mutant("ingestion.markers", "fails where a part has no bytes"),
    "column-order-by-position": Mutant(
        "ingestion.column-order", "takes the columns of CSV by their position", also("ingestion.extra-column")
    ),
    "column-order-of-parquet": Mutant("ingestion.column-order", "takes columns of Parquet as they come"),
    "extra-column-refused": Mutant(
        "ingestion.extra-column", "refuses unknown columns of CSV, which it says it ignores"
    ),
    "extra-column-of-parquet-refused": Mutant(
        "ingestion.extra-column", "refuses unknown columns of Parquet, which it says it ignores"
    ),
    "extra-column-ignored": Mutant(
        "ingestion.extra-column",
        "ignores unknown columns, which it says it refuses",
        of="shell",
        dockerfile='RUN ["sed", "-i", "/count != 3/d", "/usr/local/bin/rows.awk"]',
    ),
    "text-na-is-null": Mutant("ingestion.text-stays-text", "takes NA, null and None for a null in CSV alone"),
    "text-digits-are-numbers": Mutant("ingestion.text-stays-text", "drops the zeros before digits in CSV alone"),
    "degenerate-single-class": Mutant(
        "ingestion.degenerate", "needs two classes and does not say so", dockerfile=_NO_MIN_PER_VALUE
    ),
    "degenerate-constant": Mutant("ingestion.degenerate", "needs two values in a column"),
    "degenerate-duplicates": Mutant("ingestion.degenerate", "refuses rows that are there twice"),
    "degenerate-extremes": Mutant("ingestion.degenerate", "overflows"),
    "data-ignored": Mutant("ingestion.data-used", "counts the rows and learns nothing from them"),
    "data-counted": Mutant("ingestion.data-used", "learns how many rows there are, and nothing else"),
    "data-names-of-classes": Mutant("ingestion.data-used", "learns which classes there are, and nothing else"),
    "part-first-file": Mutant("ingestion.every-part-used", "does not learn from the first of several files", _LAYOUT),
    "part-middle-file": Mutant("ingestion.every-part-used", "does not learn from a file in the middle", _LAYOUT),
    "part-last-file": Mutant("ingestion.every-part-used", "does not learn from the last of several files", _LAYOUT),
    "part-nested-file": Mutant(
        "ingestion.every-part-used",
        "does not learn from one nested file",
        also("ingestion.names", "ingestion.nested", "ingestion.parts-agree"),
    ),
    "part-last-row-group": Mutant(
        "ingestion.every-part-used",
        "does not learn from the last of several row groups",
        also("ingestion.formats-agree", "ingestion.parts-agree"),
    ),
    "part-last-row": Mutant("ingestion.every-part-used", "does not learn from the last row"),
}
