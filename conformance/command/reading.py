"""Files that a command is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conformance.command.failing import CommandError


def json_object(file: Path) -> dict[str, Any]:
    """Return the JSON object in a file. Raises CommandError where there is none."""
    try:
        content = json.loads(file.read_bytes())
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{file} is not JSON that can be read: {error}") from error
    if not isinstance(content, dict):
        raise CommandError(f"{file} should be a JSON object, found {type(content).__name__}")
    return content
