"""The rules, one module an area, and judging them.

Importing this package registers every rule; ``RULES`` has them in the order of the contract.
"""

from conformance.contract.rule_ids import RULE_IDS
from conformance.judge import (
    artifacts,
    channels,
    config,
    environment,
    failure,
    hosts,
    ingestion,
    ingestion_content,
    ingestion_faults,
    ingestion_files,
    ingestion_scale,
    isolation,
    launch,
    logs,
    privacy,
    resources,
    stop,
)
from conformance.judge.rule import REGISTRY, Rule

RULES: dict[str, Rule] = {rule_id: REGISTRY[rule_id] for rule_id in RULE_IDS}

__all__ = [
    "RULES",
    "Rule",
    "artifacts",
    "channels",
    "config",
    "environment",
    "failure",
    "hosts",
    "ingestion",
    "ingestion_content",
    "ingestion_faults",
    "ingestion_files",
    "ingestion_scale",
    "isolation",
    "launch",
    "logs",
    "privacy",
    "resources",
    "stop",
]
