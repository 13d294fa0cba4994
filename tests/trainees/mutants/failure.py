"""The mutants that break rules of the area failure."""

from collections.abc import Mapping

from .mutant import Mutant, also

MUTANTS: Mapping[str, Mutant] = {
    "exit-code-zero": Mutant(
        "failure.exit-code", "catches every fault, tells it, and ends with 0", also("failure.none-on-success")
    ),
    "exit-code-zero-without-a-word": Mutant("failure.exit-code", "catches every fault and ends with 0"),
    "exit-code-unknown-format": Mutant("failure.exit-code", "ends with 0 where it does not know the format"),
    "exit-code-undeclared-format": Mutant(
        "failure.exit-code",
        "trains on Parquet, which it does not declare",
        dockerfile='RUN ["sed", "-i", "s/^formats = .*/formats = [\\"csv\\"]/", "/opt/ml/code/algorithm.toml"]',
    ),
    "file-none": Mutant("failure.file", "writes no failure file", also("failure.early")),
    "file-empty": Mutant("failure.file", "leaves the failure file empty", also("failure.early")),
    "file-in-output-data": Mutant("failure.file", "writes it to the output data", also("failure.early")),
    "file-elsewhere": Mutant(
        "failure.file", "writes it to /opt/ml", also("failure.early", "artifacts.nothing-lost"), size="smoke"
    ),
    "early-configuration-untold": Mutant("failure.early", "writes no failure file where its configuration is no JSON"),
    "early-configuration-defaults": Mutant("failure.early", "takes the defaults where its configuration is no JSON"),
    "early-channel-untold": Mutant(
        # It is also none where there is a pipe in place of the channel.
        "failure.early",
        "writes no failure file where the channel is missing",
        also("failure.file"),
    ),
    "early-format-untold": Mutant("failure.early", "writes no failure file where it does not know the format"),
    "utf8-latin-1": Mutant("failure.utf8", "writes the failure file in Latin-1"),
    "utf8-cut-in-a-character": Mutant("failure.utf8", "cuts the failure file after 1024 bytes, whatever is there"),
    "utf8-nul": Mutant("failure.utf8", "fills the failure file up with NUL"),
    "first-1024-traceback": Mutant(
        "failure.first-1024-characters", "writes a long traceback before the cause", also("failure.fits")
    ),
    "first-1024-generic": Mutant("failure.first-1024-characters", "says `Training failed.` for every fault"),
    "first-1024-everything": Mutant("failure.first-1024-characters", "lists all that may be at fault"),
    "first-1024-wrong-type": Mutant("failure.first-1024-characters", "passes on what the parser says of a cell"),
    "first-1024-configuration": Mutant("failure.first-1024-characters", "passes on what the parser says of JSON"),
    "fits-log": Mutant("failure.fits", "writes the last lines of the log behind the cause", size="smoke"),
    "unwritable-zero": Mutant("failure.unwritable", "ends with 0 where it cannot write the failure file"),
    "unwritable-directory": Mutant("failure.unwritable", "ends with 0 where the failure file is a directory"),
    "unwritable-read-only": Mutant("failure.unwritable", "ends with 0 where the output is read-only"),
    "none-on-success-early": Mutant(
        "failure.none-on-success", "writes the failure file at the start and never removes it", size="smoke"
    ),
    "none-on-success-warning": Mutant("failure.none-on-success", "notes there that it found no problems"),
}
