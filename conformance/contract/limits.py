"""Limits that the platform sets, in its APIs (botocore 1.44.5, ``cleanroomsml`` and ``sagemaker``) and to its jobs."""

STATUS_DETAILS_CHARACTERS = 1024
"""How much of the failure file ``GetTrainedModel`` shows."""

IMAGE_URI_CHARACTERS = 255
"""The longest reference of an image."""

HYPERPARAMETERS = 100
"""How many hyperparameters a job has at most."""

HYPERPARAMETER_CHARACTERS = 2500
"""The longest value of a hyperparameter."""

CHANNELS_OF_A_JOB = 20
STOP_TIMEOUT_S = 120.0
"""How long a process may take to end once it was sent SIGTERM, before the platform sends SIGKILL."""
PATIENCE_S = 60.0
"""How much longer than the plain job one may take that waits in vain for an answer from a network."""
SCRATCH_BYTES = 64 * 2**20
"""From here on what is written to the system's own disk space is too much; no page gives a figure."""

SCRATCH_DIRECTORIES = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108  # names inside a container
"""Where scratch files may lie."""
