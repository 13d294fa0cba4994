"""Environment variables of a training job."""

MODEL_DIR = "SM_MODEL_DIR"
OUTPUT_DIR = "SM_OUTPUT_DIR"
FILE_FORMAT = "FILE_FORMAT"
TRAINING_JOB_NAME = "TRAINING_JOB_NAME"
TRAINING_JOB_ARN = "TRAINING_JOB_ARN"
SECRET = "CONFORMANCE_SECRET"  # noqa: S105  # the name of a variable
"""No variable of the platform: the image cannot know it."""


def channel(name: str) -> str:
    """Return the variable that holds a channel's directory.

    The name is not sanitised: the SageMaker training toolkit writes ``"SM_CHANNEL_" + name.upper()``.
    """
    return f"SM_CHANNEL_{name.upper()}"
