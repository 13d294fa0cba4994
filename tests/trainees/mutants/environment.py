"""The mutants that break rules of the area environment."""

from collections.abc import Mapping

from .mutant import Mutant, also, script_before

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
    "unset-underscores": Mutant(
        "environment.unset",
        "looks for earlier-rows.v1 in a directory with underscores where the variable is not set",
        also("environment.forms-agree"),
        of="channels",
    ),
    "model-dir-hard-coded": Mutant("environment.model-dir", "saves to /opt/ml/model, whatever SM_MODEL_DIR says"),
    "model-dir-both": Mutant("environment.model-dir", "saves a copy of the model to /opt/ml/model"),
    "model-dir-below-opt-ml": Mutant("environment.model-dir", "refuses a SM_MODEL_DIR that is not below /opt/ml"),
    "output-dir-hard-coded": Mutant("environment.output-dir", "writes its metrics to /opt/ml/output/data"),
    "output-dir-both": Mutant("environment.output-dir", "writes notes to /opt/ml/output/data, whatever SM_OUTPUT_DIR"),
    "output-dir-given-up": Mutant("environment.output-dir", "writes no metrics where SM_OUTPUT_DIR is elsewhere"),
    "channel-dir-hard-coded": Mutant("environment.channel-dir", "reads /opt/ml/input/data/train"),
    "channel-dir-default-first": Mutant(
        "environment.channel-dir", "reads /opt/ml/input/data/train if it is there, and else SM_CHANNEL_TRAIN"
    ),
    "output-dir-values-as-given": Mutant(
        "environment.output-dir-values", "writes its metrics to /opt/ml/output if SM_OUTPUT_DIR says so"
    ),
    "unknown-variables-xargs": Mutant(
        "environment.unknown-variables",
        "exports what `env | xargs` prints",
        also("failure.file"),
        dockerfile=script_before('set -e\nexport $(env | xargs)\nexec python -S -B -m small.train "$@"'),
    ),
    "unknown-variables-lines": Mutant("environment.unknown-variables", "takes every line of `env` for a variable"),
    "unknown-variables-ascii": Mutant("environment.unknown-variables", "needs all variables to be ASCII"),
    "file-format-lower-case-only": Mutant("environment.file-format", "knows csv, not CSV"),
    "file-format-required": Mutant("environment.file-format", "needs FILE_FORMAT to be set", also("environment.unset")),
    "file-format-parquet-by-default": Mutant(
        "environment.file-format", "takes Parquet for the default", also("environment.unset")
    ),
    "file-format-extension": Mutant("environment.file-format", "goes by the extensions of the files"),
    "file-format-csv-extension": Mutant(
        "environment.file-format", "takes what is called .csv for CSV, whatever FILE_FORMAT says"
    ),
    "forms-job-name": Mutant("environment.forms-agree", "trains otherwise where TRAINING_JOB_NAME is set"),
    "forms-model-dir": Mutant(
        "environment.forms-agree", "trains otherwise where SM_MODEL_DIR is set", also("environment.unset")
    ),
}
