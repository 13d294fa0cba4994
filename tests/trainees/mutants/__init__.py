"""The mutants: each is a conforming trainee that breaks one rule in one way. A module an area."""

from collections.abc import Mapping

from . import (
    artifacts,
    channels,
    config,
    environment,
    failure,
    hosts,
    ingestion,
    ingestion_content,
    isolation,
    launch,
    logs,
    privacy,
    resources,
    stop,
)
from .mutant import Mutant

__all__ = ["MUTANTS", "Mutant"]

MUTANTS: Mapping[str, Mutant] = {
    **launch.MUTANTS,
    **environment.MUTANTS,
    **channels.MUTANTS,
    **config.MUTANTS,
    **ingestion.MUTANTS,
    **ingestion_content.MUTANTS,
    **artifacts.MUTANTS,
    **failure.MUTANTS,
    **stop.MUTANTS,
    **logs.MUTANTS,
    **privacy.MUTANTS,
    **isolation.MUTANTS,
    **resources.MUTANTS,
    **hosts.MUTANTS,
}
