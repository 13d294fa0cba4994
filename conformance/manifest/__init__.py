"""`algorithm.toml`: what an image expects and claims, read into immutable values."""

from conformance.manifest.load import (
    LoadedManifest,
    generic_manifest,
    load_manifest,
    parse_manifest,
    read_manifest,
)
from conformance.manifest.model import (
    Algorithm,
    Channel,
    Column,
    ColumnType,
    Container,
    Format,
    Hyperparameter,
    HyperparameterType,
    Interrupt,
    Limits,
    Manifest,
    Metric,
    Target,
)
from conformance.manifest.problems import ManifestError

__all__ = [
    "Algorithm",
    "Channel",
    "Column",
    "ColumnType",
    "Container",
    "Format",
    "Hyperparameter",
    "HyperparameterType",
    "Interrupt",
    "Limits",
    "LoadedManifest",
    "Manifest",
    "ManifestError",
    "Metric",
    "Target",
    "generic_manifest",
    "load_manifest",
    "parse_manifest",
    "read_manifest",
]
