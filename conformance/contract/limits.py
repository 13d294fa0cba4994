"""Limits that the APIs of the platform set (botocore 1.44.5, ``cleanroomsml`` and ``sagemaker``)."""

STATUS_DETAILS_CHARACTERS = 1024
"""How much of the failure file ``GetTrainedModel`` shows."""

HYPERPARAMETER_CHARACTERS = 2500
"""The longest value of a hyperparameter."""

SCRATCH_BYTES = 64 * 2**20
"""From here on what is written to the system's own disk space is too much; no page gives a figure."""

SCRATCH_DIRECTORIES = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108  # names inside a container
"""Where scratch files may lie."""
