"""What a command cannot do."""

from __future__ import annotations


class CommandError(Exception):
    """The message names the argument or the file, what was found and what would be right."""
