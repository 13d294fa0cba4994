"""The rules, one module an area, and judging them.

Importing this package registers every rule, in the order of the contract.
"""

from conformance.judge import (  # noqa: I001  # the order is that of the contract
    launch,
    environment,
    channels,
    config,
    ingestion,
    artifacts,
    failure,
    logs,
    isolation,
)
from conformance.judge.rule import REGISTRY as RULES
from conformance.judge.rule import Rule

__all__ = [
    "RULES",
    "Rule",
    "artifacts",
    "channels",
    "config",
    "environment",
    "failure",
    "ingestion",
    "isolation",
    "launch",
    "logs",
]
