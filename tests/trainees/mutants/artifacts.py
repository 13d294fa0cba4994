"""The mutants that break rules of the area artifacts."""

from collections.abc import Mapping

from .mutant import Mutant, also

MUTANTS: Mapping[str, Mutant] = {
    "model-none": Mutant("artifacts.model", "saves the model to /tmp", also("launch.trains")),
    "model-in-output-data": Mutant("artifacts.model", "saves the model to the output data", also("launch.trains")),
    "model-empty": Mutant("artifacts.model", "saves an empty model", also("launch.trains")),
    "plain-files-symlink": Mutant("artifacts.plain-files", "leaves a symbolic link beside the model"),
    "plain-files-pipe": Mutant("artifacts.plain-files", "leaves a FIFO beside the model"),
    "same-outcome-chance": Mutant(
        "artifacts.same-outcome",
        "fails one time in two",
        # By chance, so are its reports: a session shows it only if of two runs of a job one has failed. A plain job
        # that fails twice is charged to launch.trains, others to the rule of what was in them.
        also(
            *("launch.trains", "environment.unset", "environment.file-format", "environment.forms-agree"),
            *("channels.read-only", "ingestion.csv", "ingestion.parquet", "ingestion.nested"),
            *("ingestion.parts-agree", "ingestion.every-row", "ingestion.formats-agree"),
        ),
    ),
}
