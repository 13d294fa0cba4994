"""Signatures: DSSE envelopes with keys in PEM files, as securesystemslib makes and checks them.

https://github.com/secure-systems-lab/dsse
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from conformance.certificate.failing import CertificateError
from conformance.certificate.statement import PAYLOAD_TYPE

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, SSlibKey

_NEEDED = "signatures need more than is installed: install this package with its extra, [certificate]"

Key = TypeVar("Key")


def signer_of(file: Path) -> CryptoSigner:
    """Return who signs with the private key in a PEM file, without a password. Raises CertificateError."""
    try:
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
        from securesystemslib.signer import CryptoSigner
    except ImportError as error:
        raise CertificateError(_NEEDED) from error
    return _loaded(file, "a private key", lambda content: CryptoSigner(load_pem_private_key(content, None)))


def sealed(statement: Mapping[str, Any], signer: CryptoSigner) -> dict[str, Any]:
    """Return the envelope with the statement and its signature, as JSON values."""
    from securesystemslib.dsse import Envelope

    envelope = Envelope(json.dumps(statement).encode(), PAYLOAD_TYPE, {})
    envelope.sign(signer)
    found: dict[str, Any] = envelope.to_dict()
    return found


def is_signed_by(content: Mapping[str, Any], file: Path) -> bool:
    """Whether an envelope has a signature that the public key in a PEM file fits.

    Raises:
        CertificateError: there is no such key, or the envelope is none.
    """
    try:
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
        from securesystemslib.dsse import Envelope
        from securesystemslib.exceptions import FormatError, VerificationError
        from securesystemslib.signer import SSlibKey
    except ImportError as error:
        raise CertificateError(_NEEDED) from error
    key: SSlibKey = _loaded(file, "a public key", lambda content: SSlibKey.from_crypto(load_pem_public_key(content)))
    try:
        # It changes what it is given.
        envelope = Envelope.from_dict(json.loads(json.dumps(content)))
    except (KeyError, TypeError, ValueError, FormatError) as error:
        raise CertificateError(f"it is no envelope that can be read: {error}") from error
    try:
        envelope.verify([key], 1)
    except VerificationError:
        return False
    return True


def _loaded(file: Path, what: str, load: Callable[[bytes], Key]) -> Key:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return load(file.read_bytes())
    except OSError as error:
        raise CertificateError(f"{file} cannot be read: {error.strerror or error}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CertificateError(f"{file} should be {what} in PEM, without a password: {error}") from error
