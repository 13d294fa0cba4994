"""The mutants that break rules on how files are written and called."""

from collections.abc import Mapping

from .mutant import Mutant, also

_LOST = also("ingestion.every-row", "ingestion.every-part-used")
# Where every file holds one record the job fails for want of any; of several owners the first must is charged.
_NONE_LEFT = _LOST | also("ingestion.csv")

MUTANTS: Mapping[str, Mutant] = {
    "dialect-carriage-return": Mutant("ingestion.csv-dialect", "leaves the CR of CRLF in the last cell"),
    "dialect-last-line": Mutant(
        "ingestion.csv-dialect",
        "drops the last record if no line end follows it",
        _NONE_LEFT,
    ),
    "dialect-quoted-numbers": Mutant("ingestion.csv-dialect", "takes whatever is in quotes for text"),
    "dialect-title-booleans": Mutant("ingestion.csv-dialect", "knows true, not True and TRUE", of="typed"),
    "dialect-exponents": Mutant("ingestion.csv-dialect", "does not know numbers with an exponent"),
    "dialect-line-breaks": Mutant("ingestion.csv-dialect", "splits the text into lines before it looks for quotes"),
    "rare-zstd": Mutant("ingestion.parquet-rare", "has no zstd"),
    "rare-int96": Mutant("ingestion.parquet-rare", "does not know INT96", of="typed"),
    "names-extension-wanted": Mutant(
        "ingestion.names",
        "leaves out files without an extension",
        _LOST | also("ingestion.parts-agree"),
    ),
    "many-files-500": Mutant(
        "ingestion.many-files",
        "reads 500 files and leaves out the rest",
        also("ingestion.every-row"),
        size="full",
    ),
    "many-files-all-open": Mutant("ingestion.many-files", "keeps all its files open, and may have 500", size="full"),
    "scale-time": Mutant("ingestion.scale", "compares every row with every other one", size="full"),
    "scale-memory": Mutant("ingestion.scale", "keeps a table of all pairs of rows", size="full"),
    "names-spaces": Mutant("ingestion.names", "splits its list of files at spaces"),
    "names-dates": Mutant("ingestion.names", "takes directories such as dt=2024-01-01 for a column"),
    "header-first-row": Mutant(
        "ingestion.header",
        "takes the first record for a header where there is none",
        _NONE_LEFT,
        of="typed",
    ),
    "header-demanded": Mutant("ingestion.header", "refuses CSV without a header", of="typed", size="smoke"),
    "header-of-later-files": Mutant(
        "ingestion.header",
        "takes the headers of all files but the first for rows of nulls",
        _LOST | also("ingestion.parts-agree", "ingestion.nested"),
    ),
}
