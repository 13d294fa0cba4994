"""The mutants: each is a conforming trainee that breaks one rule in one way."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """How a mutant comes of a conforming trainee, and what a report must say of it."""

    rule: str
    """The id of the rule it breaks."""
    does: str
    """What it does wrong, as its author would put it."""
    also: frozenset[str] = frozenset()
    """Ids of rules that see it too, with good reason; no other rule may fail."""
    of: str = "small"
    """The conforming trainee it is made of."""
    dockerfile: str | None = None
    """Lines behind FROM; by default they set TRAINEE_BREAKS to the mutant's name, which the trainee's code reads."""
    architecture: str | None = None
    """What the image's configuration claims in place of amd64. Only for `static`."""
    foreign_binary: bool = False
    """Whether the binary is marked as one for 64-bit ARM, so that it cannot be executed."""


def _also(*rules: str) -> frozenset[str]:
    return frozenset(rules)


_PLACEMENT = _also("ingestion.every-row", "ingestion.every-part-used", "ingestion.nested", "ingestion.parts-agree")
# Without a timeout of its own each of these would be waited for twice 30 s.
_SHORT = 'RUN ["sed", "-i", "s/^timeout_s = 30/timeout_s = 6/", "/opt/ml/code/algorithm.toml"]\n'

MUTANTS: Mapping[str, Mutant] = {
    # launch
    "platform-arm64": Mutant(
        "launch.platform", "says that it is for arm64, though it runs", of="static", architecture="arm64"
    ),
    "platform-arm64-binary": Mutant(
        "launch.platform",
        "was built on a laptop for arm64: exec format error",
        # Some engines count this as started and ended with 1.
        _also("launch.trains", "failure.file", "failure.early"),
        of="static",
        architecture="arm64",
        foreign_binary=True,
    ),
    "trains-strict-arguments": Mutant("launch.trains", "rejects the argument `train`"),
    "trains-never": Mutant("launch.trains", "fails at the first step, whatever the job"),
    "trains-no-command": Mutant(
        "launch.trains",
        "has no entrypoint, and nothing called `train` on the PATH",
        of="shell",
        dockerfile='RUN ["mv", "/usr/local/bin/train", "/usr/local/bin/learn"]',
    ),
    "exec-form-shell": Mutant(
        "launch.exec-form",
        "has its ENTRYPOINT in the shell form",
        dockerfile="ENTRYPOINT exec python -S -B -m small.train",
    ),
    "exec-form-explicit": Mutant(
        "launch.exec-form",
        "has a command line for /bin/sh as its ENTRYPOINT",
        of="shell",
        dockerfile='ENTRYPOINT ["/bin/sh", "-c", "exec /usr/local/bin/train"]',
    ),
    "ends-thread": Mutant(
        "launch.ends",
        "leaves a thread behind that keeps the process alive",
        dockerfile=f"ENV TRAINEE_BREAKS=ends-thread\n{_SHORT}",
    ),
    "ends-sleep": Mutant(
        "launch.ends",
        "sleeps for ever once the model is saved",
        dockerfile=f"ENV TRAINEE_BREAKS=ends-sleep\n{_SHORT}",
    ),
    # environment
    "unset-sm-model-dir": Mutant("environment.unset", "needs SM_MODEL_DIR to be set", _also("environment.forms-agree")),
    "unset-sm-channel-train": Mutant(
        "environment.unset", "needs SM_CHANNEL_TRAIN to be set", _also("environment.forms-agree")
    ),
    "unset-no-job": Mutant(
        "environment.unset",
        "refuses to run where neither SM_MODEL_DIR nor TRAINING_JOB_NAME is set",
        _also("environment.forms-agree"),
    ),
    "file-format-lower-case-only": Mutant("environment.file-format", "knows csv, not CSV"),
    "file-format-required": Mutant(
        "environment.file-format", "needs FILE_FORMAT to be set", _also("environment.unset")
    ),
    "file-format-parquet-by-default": Mutant(
        "environment.file-format", "takes Parquet for the default", _also("environment.unset")
    ),
    "forms-job-name": Mutant("environment.forms-agree", "trains otherwise where TRAINING_JOB_NAME is set"),
    "forms-model-dir": Mutant(
        "environment.forms-agree", "trains otherwise where SM_MODEL_DIR is set", _also("environment.unset")
    ),
    # channels
    "read-only-cache": Mutant("channels.read-only", "writes a cache beside the data, and removes it"),
    "read-only-opened-for-writing": Mutant("channels.read-only", "opens the data for reading and writing"),
    "missing-untrained-model": Mutant("channels.missing", "saves an untrained model where the channel is missing"),
    "missing-unnoticed": Mutant("channels.missing", "ends with 0 where the channel is missing"),
    "empty-directory": Mutant("channels.empty", "saves an untrained model where the channel has no file"),
    "empty-header-alone": Mutant("channels.empty", "saves an untrained model where the files have no row"),
    # config
    "invalid-default": Mutant("config.invalid", "takes the default for a hyperparameter that it cannot read"),
    "invalid-clamped": Mutant("config.invalid", "takes the lowest value for a hyperparameter that it cannot read"),
    # ingestion
    "csv-split-at-commas": Mutant("ingestion.csv", "splits records at every comma, quoted or not"),
    "csv-32-bits": Mutant("ingestion.csv", "reads integers into 32 bits"),
    "csv-ascii": Mutant("ingestion.csv", "decodes the data as ASCII"),
    "parquet-row-groups": Mutant("ingestion.parquet", "refuses files with several row groups"),
    "parquet-gzip": Mutant("ingestion.parquet", "has no gzip"),
    "parquet-snappy": Mutant("ingestion.parquet", "has no snappy"),
    "rows-with-a-quote": Mutant("ingestion.every-row", "drops rows in which a cell holds a quote"),
    "rows-full-batches-only": Mutant(
        "ingestion.every-row",
        "drops the last batch unless it is full",
        _also("ingestion.every-part-used", "ingestion.nested", "ingestion.parts-agree", "ingestion.formats-agree"),
    ),
    "rows-last-nested-file": Mutant("ingestion.every-row", "leaves out the last file of nested ones", _PLACEMENT),
    "formats-nulls-are-zero": Mutant("ingestion.formats-agree", "takes 0 for a null in Parquet alone"),
    "formats-32-bit-floats": Mutant("ingestion.formats-agree", "reads the doubles of Parquet into 32 bits"),
    "parts-first-file-only": Mutant("ingestion.parts-agree", "reads the first file alone", _PLACEMENT),
    "parts-weighted": Mutant("ingestion.parts-agree", "gives the rows of the first file another weight"),
    "parts-header-as-row": Mutant("ingestion.parts-agree", "takes the header of the second file for a row"),
    "nested-refused": Mutant("ingestion.nested", "fails where it finds a directory"),
    "nested-top-level-only": Mutant("ingestion.nested", "leaves out what lies in directories", _PLACEMENT),
    "nested-keyed-by-base-name": Mutant("ingestion.nested", "keeps one file of each base name", _PLACEMENT),
    "column-zeros": Mutant("ingestion.missing-column", "takes zeros for a column that is missing"),
    "column-nulls": Mutant("ingestion.missing-column", "trains on the columns that are left"),
    "corrupt-parquet-skipped": Mutant("ingestion.corrupt", "leaves out Parquet files that it cannot read"),
    "corrupt-csv-end-ignored": Mutant(
        "ingestion.corrupt", "drops a record at the end whose quotes are not closed", of="static"
    ),
    # artifacts
    "model-none": Mutant("artifacts.model", "saves the model to /tmp", _also("launch.trains")),
    "model-in-output-data": Mutant("artifacts.model", "saves the model to the output data", _also("launch.trains")),
    "model-empty": Mutant("artifacts.model", "saves an empty model", _also("launch.trains")),
    "plain-files-symlink": Mutant("artifacts.plain-files", "leaves a symbolic link beside the model"),
    "plain-files-pipe": Mutant("artifacts.plain-files", "leaves a FIFO beside the model"),
    "same-outcome-chance": Mutant(
        "artifacts.same-outcome",
        "fails one time in two",
        # By chance, so are its reports: a session shows it only if of two runs of a job one has failed. A plain job
        # that fails twice is charged to launch.trains, others to the rule of what was in them.
        _also(
            *("launch.trains", "environment.unset", "environment.file-format", "environment.forms-agree"),
            *("channels.read-only", "ingestion.csv", "ingestion.parquet", "ingestion.nested"),
            *("ingestion.parts-agree", "ingestion.every-row", "ingestion.formats-agree"),
        ),
    ),
    # failure
    "exit-code-zero": Mutant(
        "failure.exit-code", "catches every fault, tells it, and ends with 0", _also("failure.none-on-success")
    ),
    "exit-code-zero-without-a-word": Mutant("failure.exit-code", "catches every fault and ends with 0"),
    "exit-code-unknown-format": Mutant("failure.exit-code", "ends with 0 where it does not know the format"),
    "exit-code-undeclared-format": Mutant(
        "failure.exit-code",
        "trains on Parquet, which it does not declare",
        dockerfile='RUN ["sed", "-i", "s/^formats = .*/formats = [\\"csv\\"]/", "/opt/ml/code/algorithm.toml"]',
    ),
    "file-none": Mutant("failure.file", "writes no failure file", _also("failure.early")),
    "file-empty": Mutant("failure.file", "leaves the failure file empty", _also("failure.early")),
    "file-in-output-data": Mutant("failure.file", "writes it to the output data", _also("failure.early")),
    "file-elsewhere": Mutant("failure.file", "writes it to /opt/ml", _also("failure.early", "artifacts.nothing-lost")),
    "utf8-latin-1": Mutant("failure.utf8", "writes the failure file in Latin-1"),
    "utf8-cut-in-a-character": Mutant("failure.utf8", "cuts the failure file after 1024 bytes, whatever is there"),
    "utf8-nul": Mutant("failure.utf8", "fills the failure file up with NUL"),
    "first-1024-traceback": Mutant(
        "failure.first-1024-characters", "writes a long traceback before the cause", _also("failure.fits")
    ),
    "first-1024-generic": Mutant("failure.first-1024-characters", "says `Training failed.` for every fault"),
    "first-1024-everything": Mutant("failure.first-1024-characters", "lists all that may be at fault"),
    "none-on-success-early": Mutant(
        "failure.none-on-success", "writes the failure file at the start and never removes it"
    ),
    "none-on-success-warning": Mutant("failure.none-on-success", "notes there that it found no problems"),
    # logs
    "metrics-nan": Mutant("logs.metrics", "logs nan for the loss"),
    "metrics-dots": Mutant("logs.metrics", "logs dots before the loss, which the regex takes for a part of it"),
    "metrics-rows-missing": Mutant("logs.metrics", "does not log the rows"),
    "metrics-csv-only": Mutant("logs.metrics", "logs no loss when it reads Parquet"),
    # isolation
    "offline-route": Mutant("isolation.offline", "needs a route to the outside", _also("launch.trains")),
    "offline-interface": Mutant("isolation.offline", "needs a network interface", _also("launch.trains")),
}
