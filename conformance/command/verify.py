"""``conformance verify``: whether a certificate holds for an image."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import conformance
from conformance.certificate.checks import Circumstances, notes, problems
from conformance.certificate.failing import CertificateError
from conformance.certificate.signing import is_signed_by
from conformance.certificate.statement import PAYLOAD_TYPE
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
    told: list[str] = []
    try:
        # What was signed by somebody else is not looked at.
        if not (wrong := list(_of_envelope(content, key))):
            statement = _statement(content)
            here = Circumstances(
                _config_digest(image, pull),
                conformance.__version__,
                tuple(RULES),
                dt.datetime.now(dt.UTC),
                max_age_days,
            )
            wrong += problems(statement, here)
            told += [] if wrong else notes(statement)
    except CertificateError as error:
        raise CommandError(f"{certificate}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise CommandError(f"{certificate} is no certificate: {type(error).__name__} {error}") from error
    if key is None:
        told.insert(0, "who wrote it was not looked at: it may be anybody")
    said = [*told, *(f"does not hold: {it}" for it in wrong)]
    said.append(f"{certificate}: {'does not hold' if wrong else 'holds'} for {image}")
    return [printable(line) for line in said], not wrong


def _of_envelope(content: Mapping[str, Any], key: Path | None) -> Iterator[str]:
    """Yield what is wrong with the envelope, and with the signature if that is to be looked at."""
    if "payload" not in content:
        if key is not None:
            yield "it is not signed"
        return
    if key is not None and not is_signed_by(content, key):
        yield f"it is not signed with the key in {key}"
    # The key may have signed other things than statements.
    elif (kind := content["payloadType"]) != PAYLOAD_TYPE:
        yield f"what is signed is {kind!r}, and should be {PAYLOAD_TYPE!r}"


def _statement(content: Mapping[str, Any]) -> Mapping[str, Any]:
    if "payload" not in content:
        return content
    found: Mapping[str, Any] = json.loads(base64.b64decode(content["payload"], validate=True))
    return found


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
