"""Files that this package wrote, or that claim to be such, read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class UnreadableError(Exception):
    """A file does not hold what it should. The message names the file and what was found."""


def json_object(file: Path) -> dict[str, Any]:
    """Return the JSON object in a file. Raises UnreadableError where there is none, from an OSError if that is why."""
    try:
        content = json.loads(file.read_bytes())
    except OSError as error:
        raise UnreadableError(f"{file} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{file} is not JSON that can be read: {error}") from error
    if not isinstance(content, dict):
        raise UnreadableError(f"{file} should be a JSON object, found {type(content).__name__}")
    return content
