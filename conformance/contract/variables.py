"""Environment variables of a training job."""

import re

MODEL_DIR = "SM_MODEL_DIR"
OUTPUT_DIR = "SM_OUTPUT_DIR"
FILE_FORMAT = "FILE_FORMAT"
TRAINING_JOB_NAME = "TRAINING_JOB_NAME"
TRAINING_JOB_ARN = "TRAINING_JOB_ARN"
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
SECRET = "CONFORMANCE_SECRET"  # noqa: S105  # the name of a variable
"""No variable of the platform: the image cannot know it."""
_PORTABLE = re.compile(r"[A-Za-z0-9_]+", re.ASCII)


def channel(name: str) -> str:
    """Return the variable that holds a channel's directory.

    The name is not sanitised: the SageMaker training toolkit writes ``"SM_CHANNEL_" + name.upper()``.
    """
    return f"SM_CHANNEL_{name.upper()}"


def is_portable(name: str) -> bool:
    """Whether the variable of a channel of that name reaches every process.

    POSIX knows no ``-`` and no ``.`` in names of variables; some shells drop such variables without a word.
    """
    return _PORTABLE.fullmatch(name) is not None
