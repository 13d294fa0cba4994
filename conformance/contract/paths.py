"""Paths inside a training container, as SageMaker AI documents them (and Clean Rooms ML inherits them)."""

ML = "/opt/ml"
INPUT = "/opt/ml/input"
CONFIG = "/opt/ml/input/config"
CHANNELS = "/opt/ml/input/data"
MODEL = "/opt/ml/model"
OUTPUT = "/opt/ml/output"
OUTPUT_DATA = "/opt/ml/output/data"
FAILURE = "/opt/ml/output/failure"
CODE = "/opt/ml/code"
MANIFEST = "/opt/ml/code/algorithm.toml"

HYPERPARAMETERS = "hyperparameters.json"
INPUT_DATA_CONFIG = "inputdataconfig.json"
RESOURCE_CONFIG = "resourceconfig.json"


def channel(name: str) -> str:
    """Return the directory in which the platform puts the files of a channel."""
    return f"{CHANNELS}/{name}"
