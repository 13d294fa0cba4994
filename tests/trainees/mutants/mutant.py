"""What a mutant is."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """How a mutant comes of a conforming trainee, and what a report must say of it."""

    rule: str
    """The id of the rule it breaks."""
    does: str
    """What it does wrong, as its author would put it."""
    also: frozenset[str] = frozenset()
    """Ids of rules that see it too, with good reason; no other rule may fail."""
    of: str = "small"
    """The conforming trainee it is made of."""
    dockerfile: str | None = None
    """Lines behind FROM; by default they set TRAINEE_BREAKS to the mutant's name, which the trainee's code reads."""
    slow: bool = False
    """Whether its runs go on until they are killed, which is minutes: then only its own rule is asked for."""
    architecture: str | None = None
    """What the image's configuration claims in place of amd64. Only for `static`."""
    differences: int = 1
    """How many differences from a job that keeps the rule it takes to break it."""
    warns: bool = False
    """Whether this way of breaking the rule only warns, though the rule's level is higher."""
    size: str = "gate"
    """The smallest size of a session that shows it."""
    reference: str | None = None
    """Another name under which the image is tested."""
    foreign_binary: bool = False
    """Whether the binary is marked as one for 64-bit ARM, so that it cannot be executed."""


def also(*rules: str) -> frozenset[str]:
    """Rules that see a mutant too."""
    return frozenset(rules)


def script_before(lines: str) -> str:
    """Lines of a Dockerfile that make a script for /bin/sh the entrypoint."""
    script = f"#!/bin/sh\n{lines}"
    write = ["sh", "-c", 'printf "%s\\n" "$1" >/usr/local/bin/start && chmod +x /usr/local/bin/start', "sh"]
    return f'RUN {json.dumps([*write, script])}\nENTRYPOINT ["/usr/local/bin/start"]'
