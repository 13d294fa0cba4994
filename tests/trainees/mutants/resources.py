"""The mutants that break rules of the area resources."""

from collections.abc import Mapping

from .mutant import Mutant

MUTANTS: Mapping[str, Mutant] = {
    "shared-memory-80-mib": Mutant("resources.shared-memory", "writes 80 MiB to /dev/shm"),
    "user-1000": Mutant(
        "resources.user", "has a user that cannot write to directories of root", dockerfile="USER 1000"
    ),
    "user-nobody": Mutant(
        "resources.user", "is a static binary that runs as nobody", of="static", dockerfile="USER 65534:65534"
    ),
}
