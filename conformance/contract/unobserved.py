"""Sentences of the documentation that no rule checks, each with the reason."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.contract.sources import CHECKPOINTS, CLEAN_ROOMS_ML, DOCKERFILE, GUIDELINES, OUTPUT


@dataclass(frozen=True)
class Unobserved:
    """A sentence, word for word, where it stands, and why no rule checks it."""

    text: str
    source: str
    reason: str


UNOBSERVED = (
    Unobserved(
        "If `ContainerEntrypoint` is provided, the SageMaker training backend runs the image with the given entrypoint "
        "and overrides the default `ENTRYPOINT` in the image.",
        DOCKERFILE,
        "What the platform does. Every run is launched as `container.entrypoint` and `container.arguments` of the "
        "manifest say, so an image that needs its own entrypoint breaks launch.trains.",
    ),
    Unobserved(
        "Use the appropriate SageMaker AI training-supported container base image",
        GUIDELINES,
        "A recommendation on how to come by an image that keeps the other rules. What an image says it is derived from "
        "is shown in the report.",
    ),
    Unobserved(
        "Clean Rooms ML supports only SageMaker AI compatible docker images.",
        CLEAN_ROOMS_ML,
        "To be compatible is to keep the other rules.",
    ),
    Unobserved(
        "`/opt/ml/output/data` – Your algorithm should write artifacts you want to store other than the final model to "
        "this directory.",
        OUTPUT,
        "Which file belongs to the model only its author knows. What is written where nothing is kept breaks "
        "artifacts.nothing-lost.",
    ),
    Unobserved(
        "save checkpoints to the local path ('/opt/ml/checkpoints') and load from the local path",
        CHECKPOINTS,
        "Clean Rooms ML has no checkpoints. The directory is never there in a run, so an image that needs it breaks "
        "launch.trains.",
    ),
)
