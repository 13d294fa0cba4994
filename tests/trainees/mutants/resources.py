"""The mutants that break rules of the area resources."""

from collections.abc import Mapping

from .mutant import Mutant, also, script_before

MUTANTS: Mapping[str, Mutant] = {
    "model-dir-unwritable-warns": Mutant(
        "resources.model-dir-unwritable",
        "only warns where the model cannot be written",
        also("resources.model-dir-full"),
    ),
    "memory-child-killed": Mutant(
        "resources.memory",
        "lets a child do the work, and ends with 0 where that is killed",
        # A shell does not pass SIGTERM on.
        also("stop.sigterm", "stop.early"),
        dockerfile="ENV TRAINEE_BREAKS=memory-child-killed\n"
        + script_before('python -S -B -m small.train "$@"\ncode=$?\n[ $code -ne 137 ] || exit 0\nexit $code'),
        size="full",
    ),
    "model-dir-full-cut": Mutant(
        "resources.model-dir-full", "takes what could be written of the model for the whole of it"
    ),
    "model-dir-full-only-inodes": Mutant(
        "resources.model-dir-full", "has nowhere to save to where no file can be made, and does not mind"
    ),
    "shared-memory-80-mib": Mutant("resources.shared-memory", "writes 80 MiB to /dev/shm"),
    "user-1000": Mutant(
        "resources.user", "has a user that cannot write to directories of root", dockerfile="USER 1000"
    ),
    "user-nobody": Mutant(
        "resources.user", "is a static binary that runs as nobody", of="static", dockerfile="USER 65534:65534"
    ),
}
