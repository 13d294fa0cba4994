"""What a manifest has to declare of formats before rules on them can be judged."""

from __future__ import annotations

from conformance.manifest.model import Format, Manifest


def declares_csv(manifest: Manifest) -> str | None:
    """Return what to declare so that the image reads CSV, None if it does."""
    return _declares("csv", manifest)


def declares_parquet(manifest: Manifest) -> str | None:
    """Return what to declare so that the image reads Parquet, None if it does."""
    return _declares("parquet", manifest)


def _declares(format_: Format, manifest: Manifest) -> str | None:
    return None if format_ in manifest.formats else f"declare {format_} among the formats of the channels"
