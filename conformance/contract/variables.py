"""Environment variables of a training job."""

MODEL_DIR = "SM_MODEL_DIR"
OUTPUT_DIR = "SM_OUTPUT_DIR"
FILE_FORMAT = "FILE_FORMAT"
TRAINING_JOB_NAME = "TRAINING_JOB_NAME"
TRAINING_JOB_ARN = "TRAINING_JOB_ARN"
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")


def channel(name: str) -> str:
    """Return the variable that holds a channel's directory.

    The name is not sanitised: the SageMaker training toolkit writes ``"SM_CHANNEL_" + name.upper()``.
    """
    return f"SM_CHANNEL_{name.upper()}"
