"""The mutants that break rules of the area privacy."""

from collections.abc import Mapping

from .mutant import Mutant, also

_IN_LOG_TOO = also("privacy.logs")

MUTANTS: Mapping[str, Mutant] = {
    "privacy-logs-head": Mutant("privacy.logs", "prints the first five rows"),
    "privacy-logs-rounded": Mutant(
        "privacy.logs",
        "prints shares of the first and the last five rows with six places, as pandas does",
        dockerfile="ENV TRAINEE_BREAKS=privacy-logs-rounded\n"
        "RUN sed -i 's/^maximum = 120/maximum = 1/' /opt/ml/code/algorithm.toml",
    ),
    "privacy-logs-last-row": Mutant("privacy.logs", "logs cells of the last row to stderr"),
    "privacy-logs-extremes": Mutant("privacy.logs", "logs the lowest and the highest income"),
    "privacy-logs-thousands": Mutant("privacy.logs", "logs the most visits, with commas between thousands"),
    "privacy-logs-debug": Mutant("privacy.logs", "prints half of the rows amid very much else"),
    "privacy-logs-quotes-cell": Mutant("privacy.logs", "logs the cell that cannot be read"),
    "privacy-failure-quotes-cell": Mutant(
        "privacy.failure", "quotes the cell that cannot be read in the failure file", _IN_LOG_TOO
    ),
    "privacy-failure-begins-with-cell": Mutant(
        "privacy.failure", "quotes the beginning of the cell that cannot be read", _IN_LOG_TOO
    ),
    "privacy-failure-quotes-record": Mutant("privacy.failure", "quotes the record that cannot be read", _IN_LOG_TOO),
    "privacy-artifacts-pickle": Mutant("privacy.artifacts", "leaves all rows in a pickle beside the model"),
    "privacy-artifacts-array": Mutant("privacy.artifacts", "keeps a column as doubles in the model"),
    "privacy-artifacts-float32": Mutant("privacy.artifacts", "keeps a column as 32-bit floats in the model"),
    "privacy-artifacts-gzip": Mutant("privacy.artifacts", "leaves all rows in the output data, in gzip"),
    "privacy-artifacts-zip": Mutant("privacy.artifacts", "leaves all rows in the output data, in a zip archive"),
    "privacy-artifacts-file-name": Mutant("privacy.artifacts", "calls a file after a cell"),
    "privacy-environment-dumped": Mutant("privacy.environment", "logs all environment variables"),
    "privacy-environment-in-failure": Mutant(
        "privacy.environment", "writes all environment variables to the failure file", differences=2
    ),
}
