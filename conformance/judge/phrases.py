"""Differences between jobs, told as a person would tell them."""

from __future__ import annotations

from conformance.values.job import Job, differences

_PHRASES: dict[tuple[str, str], str] = {
    ("environment", "unset"): "none of the SM_* variables is set",
    ("environment", "sagemaker"): "the environment is SageMaker's (TRAINING_JOB_NAME, no SM_* variables)",
    ("environment", "clean-rooms"): "the environment is that of Clean Rooms (SM_MODEL_DIR, SM_CHANNEL_… set)",
    ("format", "csv"): "the rows come as CSV",
    ("format", "parquet"): "the rows come as Parquet",
    ("format-variable", "upper"): "FILE_FORMAT is in upper case",
    ("format-variable", "absent"): "FILE_FORMAT is not set",
    ("partition", "several"): "the rows lie in several files",
    ("partition", "nested"): "the rows lie in nested directories",
    ("mount", "read-only"): "the channels are mounted read-only",
    ("hazards", "encoding"): "the data holds encoding hazards",
    ("row-order", "permuted"): "the rows come in another order",
    ("network", "bridge"): "there is a network",
}


def told_differences(job: Job, baseline: Job) -> tuple[str, ...]:
    """Return what distinguishes a job from the plain one, each as a clause."""
    told = [_PHRASES.get((name, value), f"{name} is {value}") for name, value in differences(job, baseline).items()]
    if job.fault is not None:
        told.append(job.fault.sentence)
    if job.repeat != baseline.repeat:
        told.append("the job is run once more")
    return tuple(told)


def sentence_of(job: Job, baseline: Job) -> str:
    """Return the differences as one sentence."""
    told = told_differences(job, baseline)
    if not told:
        return "Broken in the plain job already."
    return f"The plain job trains; broken as soon as {' and '.join(told)}."
