"""The mutants that break rules of the area environment."""

from collections.abc import Mapping

from .mutant import Mutant, also

MUTANTS: Mapping[str, Mutant] = {
    "unset-sm-model-dir": Mutant("environment.unset", "needs SM_MODEL_DIR to be set", also("environment.forms-agree")),
    "unset-sm-channel-train": Mutant(
        "environment.unset", "needs SM_CHANNEL_TRAIN to be set", also("environment.forms-agree")
    ),
    "unset-no-job": Mutant(
        "environment.unset",
        "refuses to run where neither SM_MODEL_DIR nor TRAINING_JOB_NAME is set",
        also("environment.forms-agree"),
    ),
    "file-format-lower-case-only": Mutant("environment.file-format", "knows csv, not CSV"),
    "file-format-required": Mutant("environment.file-format", "needs FILE_FORMAT to be set", also("environment.unset")),
    "file-format-parquet-by-default": Mutant(
        "environment.file-format", "takes Parquet for the default", also("environment.unset")
    ),
    "file-format-extension": Mutant("environment.file-format", "goes by the extensions of the files"),
    "forms-job-name": Mutant("environment.forms-agree", "trains otherwise where TRAINING_JOB_NAME is set"),
    "forms-model-dir": Mutant(
        "environment.forms-agree", "trains otherwise where SM_MODEL_DIR is set", also("environment.unset")
    ),
}
