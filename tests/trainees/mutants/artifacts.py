"""The mutants that break rules of the area artifacts."""

from collections.abc import Mapping

from .mutant import Mutant, also

MUTANTS: Mapping[str, Mutant] = {
    "model-none": Mutant("artifacts.model", "saves the model to /tmp", also("launch.trains")),
    "model-in-output-data": Mutant("artifacts.model", "saves the model to the output data", also("launch.trains")),
    "model-empty": Mutant("artifacts.model", "saves an empty model", also("launch.trains"), size="smoke"),
    "plain-files-symlink": Mutant("artifacts.plain-files", "leaves a symbolic link beside the model"),
    "plain-files-pipe": Mutant("artifacts.plain-files", "leaves a FIFO beside the model"),
    "plain-files-link-in-output-data": Mutant(
        "artifacts.plain-files", "leaves a symbolic link in the output data", size="smoke"
    ),
    "size-model": Mutant("artifacts.size", "leaves more in the model directory than artifact_gb"),
    "size-with-output-data": Mutant("artifacts.size", "leaves more in model and output data together"),
    "size-many-files": Mutant("artifacts.size", "leaves more in many files", size="smoke"),
    "scratch-var-lib": Mutant("artifacts.scratch", "writes 70 MiB to /var/lib"),
    "scratch-many-files": Mutant("artifacts.scratch", "writes 70 MiB to the home directory, in many files"),
    "scratch-image-file": Mutant("artifacts.scratch", "appends 40 MiB to a file of 40 MiB that the image has"),
    "lost-cache": Mutant("artifacts.nothing-lost", "keeps a cache in /opt/ml/cache"),
    "lost-beside": Mutant("artifacts.nothing-lost", "writes its metrics to /opt/ml", size="smoke"),
    "lost-in-output": Mutant("artifacts.nothing-lost", "writes its metrics to /opt/ml/output"),
    "lost-in-channel": Mutant(
        "artifacts.nothing-lost",
        "writes an index beside the data",
        also("channels.unchanged", "channels.read-only"),
    ),
    "lost-in-input": Mutant("artifacts.nothing-lost", "writes its effective configuration beside the given one"),
    "repeatable-time": Mutant("artifacts.repeatable", "writes the time into the model"),
    "repeatable-name": Mutant("artifacts.repeatable", "calls a file in the model directory by chance"),
    "same-outcome-chance": Mutant(
        "artifacts.same-outcome",
        "fails one time in three",
        # By chance, so are its reports: a session shows it only if of two runs of a job one has failed. A plain job
        # that fails twice is charged to launch.trains, others to the rule of what was in them.
        also(
            *("launch.trains", "environment.unset", "environment.file-format", "environment.forms-agree"),
            *("channels.read-only", "ingestion.csv", "ingestion.parquet", "ingestion.nested"),
            *("ingestion.parts-agree", "ingestion.every-row", "ingestion.formats-agree"),
        ),
    ),
}
