"""The sentences of the contract: what the documentation says, word for word, and where.

A clause that no sentence states is *derived*: it follows from facts of the platform or from failures that people
report again and again. Its text is then our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from conformance.contract.sources import (
    API,
    CLEAN_ROOMS_ML,
    CREATE_MODEL,
    DOCKERFILE,
    GUIDELINES,
    INPUT_MODES,
    LOGS,
    METRICS,
    OFFLINE,
    OUTPUT,
    RUNNING,
    SIGNAL,
    STORAGE,
    TOOLKITS,
)

Basis = Literal["quoted", "derived"]


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
        API + "API_ResourceConfig.html",
    ),
    _quoted(
        "L2",
        "Clean Rooms ML currently only supports the registry/repository[:tag] image path format.",
        API + "API_ContainerConfig.html",
    ),
    _quoted(
        "L3",
        "By default, Amazon SageMaker runs the following container. `docker run image train`",
        DOCKERFILE,
    ),
    _quoted(
        "L5",
        "In your Docker container, use the following `exec` form of the `ENTRYPOINT` instruction.",
        DOCKERFILE,
    ),
    _quoted(
        "L3 override",
        "SageMaker overrides any default CMD statements in a container by specifying the `train` argument after the "
        "image name.",
        DOCKERFILE,
    ),
    _quoted(
        "L6",
        "You can't use the `tini` initializer as your entrypoint script in SageMaker containers because it gets "
        "confused by the `train` and `serve` arguments.",
        DOCKERFILE,
    ),
    _quoted(
        "L7",
        "`/opt/ml` and all subdirectories are reserved by SageMaker training. … make sure that you don't place any "
        "data that's required by your algorithm in this directory.",
        DOCKERFILE,
    ),
    _quoted(
        "L8",
        "SageMaker requires that Docker containers run without privileged access.",
        TOOLKITS,
    ),
    _quoted(
        "L9",
        "Include only the CUDA toolkit on containers; don't bundle NVIDIA drivers with the image.",
        DOCKERFILE,
    ),
    _derived(
        "S3",
        "A process that does not end once its work is done runs, and costs, until the job's maximum run time.",
        API + "API_StoppingCondition.html",
    ),
    _quoted(
        "V1",
        "We recommend writing a training script that accesses useful properties about the training environment "
        "through various environment variables.",
        GUIDELINES,
    ),
    _quoted(
        "V4",
        "Clean Rooms ML uses the following arguments to invoke training on your model code: `SM_MODEL_DIR`, "
        "`SM_OUTPUT_DIR`, `SM_CHANNEL_TRAIN`, and `FILE_FORMAT`.",
        GUIDELINES,
    ),
    _quoted(
        "V2",
        "Clean Rooms ML uses the following arguments to invoke training on your model code: `SM_MODEL_DIR`, "
        "`SM_OUTPUT_DIR`, `SM_CHANNEL_TRAIN`, and `FILE_FORMAT`.",
        GUIDELINES,
    ),
    _derived(
        "V3",
        "Two values of SM_OUTPUT_DIR are documented, /opt/ml/output/data and, by the training toolkit, /opt/ml/output; "
        "only what lies below /opt/ml/output/data is uploaded.",
        OUTPUT,
    ),
    _derived(
        "V5",
        "Each ML input channel is mapped to a directory by its name, if the job has it: a channel that is not required "
        "may be left out.",
        GUIDELINES,
    ),
    _derived(
        "V6",
        "The name of a channel may hold `-` and `.`, and so does that of its variable then, which some shells do not "
        "pass on.",
        GUIDELINES,
    ),
    _derived(
        "V7",
        "A job may have up to 20 channels, and one of them may hold a former model: what is in a channel that nothing "
        "reads must not matter.",
        API + "API_CreateTrainedModel.html",
    ),
    _quoted("V9", "Environment variables are set in the Docker container.", CREATE_MODEL),
    _derived(
        "D7",
        "The files of a channel are input: several hosts, or a job that is started anew, may find them as the last one "
        "left them.",
        INPUT_MODES,
    ),
    _derived(
        "V1 V2",
        "Recommended for scripts that train alike on your machine, on SageMaker AI and on Clean Rooms ML: the "
        "variables may be set or not, and what they say by default is what holds without them.",
        GUIDELINES,
    ),
    _quoted(
        "D4",
        "The channel directory is mounted as read-only. Algorithms that support `File` mode can seamlessly work "
        "with `FastFile` mode with no code changes.",
        INPUT_MODES,
    ),
    _derived(
        "D5",
        "A channel may arrive without data (with several hosts, some nodes won't get any data): training on nothing "
        "is not a success.",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html",
    ),
    _quoted(
        "C1",
        "SageMaker makes the hyperparameters in a `CreateTrainingJob` request available in the Docker container in "
        "the `/opt/ml/input/config/hyperparameters.json` file.",
        RUNNING,
    ),
    _derived(
        "C1 default",
        "A hyperparameter that a job leaves out has the value that its author promises for that case; whoever relies "
        "on the promise would otherwise get another model without a word.",
        RUNNING,
    ),
    _quoted(
        "C2",
        "Type: String to string map",
        API + "API_CreateTrainedModel.html",
    ),
    _derived(
        "C3",
        "Clients such as the SageMaker Python SDK (2.110 and later) put every value into the quotes of JSON, so that "
        '`"adam"` arrives with its quotes on; the SageMaker training toolkit takes them off.',
        "https://github.com/aws/sagemaker-python-sdk/issues/3487",
    ),
    _derived(
        "C5",
        "What the configuration files hold differs by platform and grows: SageMaker AI writes more keys than it "
        "documents, the SDK's local mode fewer, and a plain `docker run` has no such files.",
        RUNNING,
    ),
    _derived(
        "C5 U13",
        "Whether unknown hyperparameters are refused or ignored is not documented: either is fine, as long as they "
        "do not change the model without a word.",
        RUNNING,
    ),
    _derived(
        "D6",
        "In Pipe mode a channel is a named pipe, which waits for whoever opens it: code that reads files has to fail "
        "there, as a job that hangs costs until its maximum run time.",
        RUNNING,
    ),
    _derived(
        "C4",
        "A hyperparameter that cannot be read makes training unsuccessful: a default in its place gives a model that "
        "nobody asked for.",
        SIGNAL,
    ),
    _quoted(
        "V4 formats",
        "`CSV | PARQUET` … If not specified, defaults to `CSV`.",
        API + "API_CreateMLInputChannel.html",
    ),
    _derived(
        "V4 encodings",
        "That a channel is PARQUET says nothing of the codec and the encodings in its files, which whoever writes them "
        "chooses.",
        API + "API_CreateMLInputChannel.html",
    ),
    _derived(
        "U5",
        "That a channel is CSV says nothing of its dialect: line ends, quotes and the way numbers are written differ "
        "from one writer to the next.",
        API + "API_CreateMLInputChannel.html",
    ),
    _derived(
        "D2",
        "Whether the CSV files of a channel have a header is documented in two ways that contradict each other; where "
        "it is taken for a row, or a row for it, rows are added or lost without a word.",
        CREATE_MODEL,
    ),
    _derived(
        "D1",
        "A channel is a prefix: its rows lie in any number of files, which the platform chooses. A trainee that reads "
        "only some of them trains on part of the data without a word.",
        CREATE_MODEL,
    ),
    _derived(
        "D1 U6",
        "How the files of a channel are named and nested is not documented; whichever way they lie, all rows count.",
        CREATE_MODEL,
    ),
    _derived(
        "D3",
        "Whoever writes a channel may leave markers, checksums and empty parts beside the rows. A trainee skips them, "
        "or fails; rows that are added or changed by them are not the channel's.",
        CREATE_MODEL,
    ),
    _derived(
        "A10 data",
        "A model is a function of the data: what trains alike on other rows has not read them.",
        CREATE_MODEL,
    ),
    _derived(
        "A10 columns",
        "Columns are known by their names: a trainee that takes another column for one that it knows trains on the "
        "wrong data without a word.",
        CREATE_MODEL,
    ),
    _derived(
        "A10 cells",
        "A cell means the same in both formats, and any rows that fit what is declared may come; what the image cannot "
        "train on, its manifest can exclude.",
        CREATE_MODEL,
    ),
    _derived(
        "A10 scale",
        "How much data there will be nobody can see beforehand: time or memory that grows faster than the rows ends at "
        "the limits of the job.",
        API + "API_CreateTrainedModel.html",
    ),
    _derived(
        "F1 data",
        "Data that cannot be read as declared makes training unsuccessful.",
        SIGNAL,
    ),
    _quoted(
        "O1",
        "`/opt/ml/model` – Your algorithm should write all final model artifacts to this directory.",
        OUTPUT,
    ),
    _derived(
        "O1 same",
        "A training job that ends differently each time cannot be relied on, nor tested.",
        SIGNAL,
    ),
    _derived(
        "O3",
        "The model directory becomes one compressed archive; links, pipes and devices do not survive the upload.",
        OUTPUT,
    ),
    _derived(
        "O1 repeatable",
        "Where the manifest claims that the same job gives the same model bytes, whoever trains again can tell by them "
        "that nothing was changed.",
        OUTPUT,
    ),
    _quoted(
        "O4",
        "The size limit applies to the total size of all artifacts produced by the training job.",
        API + "API_TrainedModelArtifactMaxSize.html",
    ),
    _quoted(
        "O5",
        "We recommend that you use the `/tmp` directory as a scratch space",
        STORAGE,
    ),
    _derived(
        "O1 O2",
        "Of all that a training job writes, the model directory, the output data and the failure file are kept; what "
        "lies elsewhere below /opt/ml is lost with the container.",
        OUTPUT,
    ),
    _quoted(
        "F1",
        "A successful training execution should exit with an exit code of 0 and an unsuccessful training execution "
        "should exit with a non-zero exit code.",
        SIGNAL,
    ),
    _derived(
        "F1 resources",
        "Training whose model cannot be saved, or that lacks the memory to make one, is unsuccessful: with an exit "
        "code of 0 nobody looks for a model that is not there.",
        SIGNAL,
    ),
    _quoted(
        "F2",
        "If training fails, after all algorithm output (for example, logging) completes, your algorithm should write "
        "the failure description to this file.",
        OUTPUT,
    ),
    _derived(
        "F3",
        "A job may fail before it reads data: errors in its configuration count, and are to be described like others.",
        OUTPUT,
    ),
    _derived(
        "F5",
        "An unsuccessful execution should exit with a non-zero exit code, also where it cannot write why: an error in "
        "writing the failure file must not hide the one that it was to describe.",
        SIGNAL,
    ),
    _derived(
        "U8",
        "How much is shown of the failure file is counted in characters by one page and in bytes by others: of 1024 "
        "bytes all is shown either way.",
        OUTPUT,
    ),
    _derived(
        "F4 utf8",
        "What is shown of the failure file is text: bytes that are no UTF-8, or NUL, spoil it.",
        GUIDELINES,
    ),
    _quoted(
        "F4",
        "In a `GetTrainedModel` response, Clean Rooms ML returns the first 1024 characters from this file under "
        "`StatusDetails`.",
        GUIDELINES,
    ),
    _derived(
        "F6",
        "The failure file describes a failure; beside an exit code of 0 it contradicts it.",
        OUTPUT,
    ),
    _quoted(
        "S1",
        "If the container handles the `SIGTERM` gracefully and exits within 120 seconds from receiving it, no "
        "`SIGKILL` is sent.",
        DOCKERFILE,
    ),
    _derived(
        "S1 early",
        "A job may be stopped at any time, also before it trains; process 1 of a container ignores SIGTERM until its "
        "handler stands.",
        DOCKERFILE,
    ),
    _quoted(
        "S2",
        "If you want access to the intermediate model artifacts after SageMaker stops the training, add code to handle "
        "saving artifacts in your `SIGTERM` handler.",
        DOCKERFILE,
    ),
    _derived(
        "M1",
        "Only what a container sends to stdout or stderr reaches CloudWatch Logs; of a job that says nothing there, "
        "nobody learns anything while it runs.",
        LOGS,
    ),
    _quoted(
        "M2",
        "Make sure that the algorithm writes the metrics that you want to capture to logs.",
        METRICS,
    ),
    _quoted(
        "M3",
        "`ENV PYTHONDONTWRITEBYTECODE=1 \\ PYTHONUNBUFFERED=1`",
        GUIDELINES,
    ),
    _derived(
        "M4",
        "A clean room exists so that nobody sees the rows of others: its policies limit logs, failure logs and "
        "exports. A cell that stands in one of them has left it.",
        CLEAN_ROOMS_ML,
    ),
    _derived(
        "M4 variables",
        "The variables of a training job may hold what is not meant for the readers of its logs.",
        CLEAN_ROOMS_ML,
    ),
    _derived(
        "V8",
        "With network isolation the containers can't make any outbound network calls; a clean room gives no reason to "
        "expect a network.",
        OFFLINE,
    ),
    _quoted(
        "V8 credentials",
        "Additionally, no AWS credentials are made available to the container runtime environment.",
        OFFLINE,
    ),
    _quoted(
        "X1",
        "If multiple containers in a single training job write to this directory they should ensure no "
        "`file/directory` names clash.",
        OUTPUT,
    ),
    _quoted(
        "X2",
        "Do not use the information in `/etc/hostname` or `/etc/hosts` because it might be inaccurate.",
        RUNNING,
    ),
    _quoted(
        "X3",
        "We recommend adding a retry policy on hostname resolution operations",
        RUNNING,
    ),
    _derived(
        "D5 hosts",
        "With several hosts, some nodes won't get any data: those that have some must not wait for them for ever.",
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html",
    ),
    _derived(
        "U12",
        "How large `/dev/shm` is, is not documented; the engine's default of 64 MiB is what an image can count on.",
        RUNNING,
    ),
    _derived(
        "U11",
        "As which user a training container runs is left to the image, and nothing says that the directories of a job "
        "belong to any other than root.",
        RUNNING,
    ),
)

CLAUSES: dict[str, Clause] = {clause.key: clause for clause in _ALL}
