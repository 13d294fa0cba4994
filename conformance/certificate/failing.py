"""What keeps a certificate from being given or looked at."""

from __future__ import annotations


class CertificateError(Exception):
    """The message names the file, what was found and what would be right."""
