"""Giving a certificate at the end of a session, or saying why there is none."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.certificate.failing import CertificateError
from conformance.certificate.signing import sealed, signer_of
from conformance.certificate.statement import objections, statement
from conformance.report.reading import UnreadableError, json_object
from conformance.report.results import Results
from conformance.report.write import write_whole

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner


@dataclass(frozen=True)
class Certifier:
    """Writes a certificate to a file, signed if there is a signer."""

    file: Path
    signer: CryptoSigner | None

    @classmethod
    def of(cls, file: Path, key: Path | None) -> Certifier:
        """Return who certifies to a file with the private key in another one.

        Raises CertificateError where the key cannot be used or the file cannot be written, before an hour is spent, and
        where something else than a certificate is there already.
        """
        signer = None if key is None else signer_of(key)
        if file.exists() and not _is_certificate(file):
            raise CertificateError(f"--contract-certificate: {str(file)!r} is there already, and is no certificate")
        if not (file.parent.is_dir() and os.access(file.parent, os.W_OK)):
            raise CertificateError(
                f"--contract-certificate: {str(file)!r} should be in a directory that can be written"
            )
        return cls(file, signer)

    def begin(self) -> None:
        """Remove the certificate that is there already: what is there at the end is of this session."""
        self.file.unlink(missing_ok=True)

    def certify(self, results: Results) -> list[str]:
        """Write the certificate and return the line that says where it is, or those that say why there is none."""
        why = list(objections(results))
        if why:
            return [f"no certificate: {reason}" for reason in why]
        content = statement(results)
        text = json.dumps(content if self.signer is None else sealed(content, self.signer), indent=2)
        write_whole(self.file, text + "\n")
        signed = "" if self.signer is not None else ", not signed: anybody could have written it"
        return [f"certificate: {self.file}{signed}"]


def _is_certificate(file: Path) -> bool:
    try:
        content = json_object(file)
    except UnreadableError:
        return False
    return content.keys() >= {"payload", "signatures"} or "predicateType" in content
