"""``conformance verify``: whether a certificate holds for an image."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import conformance
from conformance.certificate.checks import Circumstances, notes, problems
from conformance.certificate.failing import CertificateError
from conformance.certificate.signing import is_signed_by
from conformance.command.failing import CommandError
from conformance.judge import RULES
from conformance.report.reading import json_object
from conformance.report.terminal import printable
from conformance.run.engine import ENGINE_ERRORS, EngineUnavailableError, ImageUnavailableError, connect, resolve_image
from conformance.settings import Pull


def verify(certificate: Path, image: str, key: Path | None, pull: Pull, max_age_days: int) -> tuple[list[str], bool]:
    """Return what there is to say of a certificate, and whether it holds.

    Raises:
        UnreadableError: there is no certificate.
        CommandError: the certificate, the key or the image cannot be looked at.
    """
    content = json_object(certificate)
    try:
        statement, told, wrong = _opened(content, key)
        here = Circumstances(
            _config_digest(image, pull), conformance.__version__, tuple(RULES), dt.datetime.now(dt.UTC), max_age_days
        )
        wrong += problems(statement, here)
        told += notes(statement)
    except CertificateError as error:
        raise CommandError(f"{certificate}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise CommandError(f"{certificate} is no certificate: {type(error).__name__} {error}") from error
    said = [*told, *(f"does not hold: {it}" for it in wrong)]
    said.append(f"{certificate}: {'does not hold' if wrong else 'holds'} for {image}")
    return [printable(line) for line in said], not wrong


def _opened(content: Mapping[str, Any], key: Path | None) -> tuple[Mapping[str, Any], list[str], list[str]]:
    """Return the statement, what there is to say of its signature, and what is wrong with that."""
    is_envelope = "payload" in content
    told, wrong = [], []
    if key is None:
        told.append("who wrote it was not looked at: it may be anybody")
    elif not is_envelope:
        wrong.append("it is not signed")
    elif not is_signed_by(content, key):
        wrong.append(f"it is not signed with the key in {key}")
    return json.loads(base64.b64decode(content["payload"], validate=True)) if is_envelope else content, told, wrong


def _config_digest(image: str, pull: Pull) -> str:
    try:
        client = connect()
        try:
            return resolve_image(client, image, pull).config_digest
        finally:
            client.close()
    except (EngineUnavailableError, ImageUnavailableError) as error:
        raise CommandError(str(error)) from error
    except ENGINE_ERRORS as error:
        raise CommandError(f"the container engine failed: {error}") from error
