"""The mutants that break rules of the area logs."""

from collections.abc import Mapping

from .mutant import Mutant

MUTANTS: Mapping[str, Mutant] = {
    "metrics-nan": Mutant("logs.metrics", "logs nan for the loss"),
    "metrics-dots": Mutant("logs.metrics", "logs dots before the loss, which the regex takes for a part of it"),
    "metrics-rows-missing": Mutant("logs.metrics", "does not log the rows"),
    "metrics-csv-only": Mutant("logs.metrics", "logs no loss when it reads Parquet"),
}
