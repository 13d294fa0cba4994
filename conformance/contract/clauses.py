"""The sentences of the contract: what the documentation says, word for word, and where.

A clause that no sentence states is *derived*: it follows from facts of the platform or from failures that people
report again and again. Its text is then our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Basis = Literal["quoted", "derived"]

_GUIDELINES = "https://docs.aws.amazon.com/clean-rooms/latest/userguide/custom-model-guidelines.html"
_CREATE_MODEL = "https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-trained-model.html"
_API = "https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/"
_SAGEMAKER = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_DOCKERFILE = _SAGEMAKER + "your-algorithms-training-algo-dockerfile.html"
_RUNNING = _SAGEMAKER + "your-algorithms-training-algo-running-container.html"
_OUTPUT = _SAGEMAKER + "your-algorithms-training-algo-output.html"
_SIGNAL = _SAGEMAKER + "your-algorithms-training-signal-success-failure.html"
_OFFLINE = _SAGEMAKER + "mkt-algo-model-internet-free.html"
_METRICS = _SAGEMAKER + "training-metrics.html"
_STORAGE = _SAGEMAKER + "model-train-storage.html"
_CLEAN_ROOMS_ML = "https://docs.aws.amazon.com/clean-rooms/latest/userguide/machine-learning.html"
_INPUT_MODES = _SAGEMAKER + "model-access-training-data.html"


@dataclass(frozen=True)
class Clause:
    """One sentence of the contract, or what is derived from it."""

    key: str
    text: str
    source: str
    basis: Basis


def _quoted(key: str, text: str, source: str) -> Clause:
    return Clause(key, text, source, "quoted")


def _derived(key: str, text: str, source: str) -> Clause:
    return Clause(key, text, source, "derived")


_ALL = (
    _derived(
        "L1",
        "None of the instance types that Clean Rooms ML offers has a processor other than x86-64.",
        _API + "API_ResourceConfig.html",
    ),
    _quoted(
        "L3",
        "By default, Amazon SageMaker runs the following container. `docker run image train`",
        _DOCKERFILE,
    ),
    _quoted(
        "L5",
        "In your Docker container, use the following `exec` form of the `ENTRYPOINT` instruction.",
        _DOCKERFILE,
    ),
    _derived(
        "S3",
        "A process that does not end once its work is done runs, and costs, until the job's maximum run time.",
        _API + "API_StoppingCondition.html",
    ),
    _quoted(
        "V1",
        "We recommend writing a training script that accesses useful properties about the training environment "
        "through various environment variables.",
        _GUIDELINES,
    ),
    _quoted(
        "V4",
        "Clean Rooms ML uses the following arguments to invoke training on your model code: `SM_MODEL_DIR`, "
        "`SM_OUTPUT_DIR`, `SM_CHANNEL_TRAIN`, and `FILE_FORMAT`.",
        _GUIDELINES,
    ),
    _derived(
        "V1 V2",
        "Recommended for scripts that train alike on your machine, on SageMaker AI and on Clean Rooms ML: the "
        "variables may be set or not, and what they say by default is what holds without them.",
        _GUIDELINES,
    ),
    _quoted(
        "D4",
        "The channel directory is mounted as read-only. Algorithms that support `File` mode can seamlessly work "
        "with `FastFile` mode with no code changes.",
        _INPUT_MODES,
    ),
    _derived(
        "D5",
        "A channel may arrive without data (with several hosts, some nodes won't get any data): training on nothing "
        "is not a success.",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html",
    ),
    _derived(
        "C4",
        "A hyperparameter that cannot be read makes training unsuccessful: a default in its place gives a model that "
        "nobody asked for.",
        _SIGNAL,
    ),
    _quoted(
        "V4 formats",
        "The format of a channel's files is CSV or PARQUET. If not specified, defaults to `CSV`.",
        _API + "API_CreateMLInputChannel.html",
    ),
    _derived(
        "D1",
        "A channel is a prefix: its rows lie in any number of files, which the platform chooses. A trainee that reads "
        "only some of them trains on part of the data without a word.",
        _CREATE_MODEL,
    ),
    _derived(
        "D1 U6",
        "How the files of a channel are named and nested is not documented; whichever way they lie, all rows count.",
        _CREATE_MODEL,
    ),
    _derived(
        "F1 data",
        "Data that cannot be read as declared makes training unsuccessful.",
        _SIGNAL,
    ),
    _quoted(
        "O1",
        "`/opt/ml/model` – Your algorithm should write all final model artifacts to this directory.",
        _OUTPUT,
    ),
    _derived(
        "O1 same",
        "A training job that ends differently each time cannot be relied on, nor tested.",
        _SIGNAL,
    ),
    _derived(
        "O3",
        "The model directory becomes one compressed archive; links, pipes and devices do not survive the upload.",
        _OUTPUT,
    ),
    _derived(
        "O1 repeatable",
        "Where the manifest claims that the same job gives the same model bytes, whoever trains again can tell by them "
        "that nothing was changed.",
        _OUTPUT,
    ),
    _quoted(
        "O4",
        "The size limit applies to the total size of all artifacts produced by the training job.",
        _API + "API_TrainedModelArtifactMaxSize.html",
    ),
    _quoted(
        "O5",
        "We recommend that you use the `/tmp` directory as a scratch space",
        _STORAGE,
    ),
    _derived(
        "O1 O2",
        "Of all that a training job writes, the model directory, the output data and the failure file are kept; what "
        "lies elsewhere below /opt/ml is lost with the container.",
        _OUTPUT,
    ),
    _quoted(
        "F1",
        "A successful training execution should exit with an exit code of 0 and an unsuccessful training execution "
        "should exit with a non-zero exit code.",
        _SIGNAL,
    ),
    _quoted(
        "F2",
        "If training fails, after all algorithm output (for example, logging) completes, your algorithm should write "
        "the failure description to this file.",
        _OUTPUT,
    ),
    _derived(
        "F4 utf8",
        "What is shown of the failure file is text: bytes that are no UTF-8, or NUL, spoil it.",
        _GUIDELINES,
    ),
    _quoted(
        "F4",
        "In a `GetTrainedModel` response, Clean Rooms ML returns the first 1024 characters from this file under "
        "`StatusDetails`.",
        _GUIDELINES,
    ),
    _derived(
        "F6",
        "The failure file describes a failure; beside an exit code of 0 it contradicts it.",
        _OUTPUT,
    ),
    _quoted(
        "M2",
        "Make sure that the algorithm writes the metrics that you want to capture to logs.",
        _METRICS,
    ),
    _derived(
        "M4",
        "A clean room exists so that nobody sees the rows of others: its policies limit logs, failure logs and "
        "exports. A cell that stands in one of them has left it.",
        _CLEAN_ROOMS_ML,
    ),
    _derived(
        "M4 variables",
        "The variables of a training job may hold what is not meant for the readers of its logs.",
        _CLEAN_ROOMS_ML,
    ),
    _derived(
        "V8",
        "With network isolation the containers can't make any outbound network calls; a clean room gives no reason to "
        "expect a network.",
        _OFFLINE,
    ),
)

CLAUSES: dict[str, Clause] = {clause.key: clause for clause in _ALL}
