"""The mutants that break rules of the area channels."""

from collections.abc import Mapping

from .mutant import Mutant

MUTANTS: Mapping[str, Mutant] = {
    "read-only-cache": Mutant("channels.read-only", "writes a cache beside the data, and removes it"),
    "read-only-opened-for-writing": Mutant("channels.read-only", "opens the data for reading and writing"),
    "missing-untrained-model": Mutant("channels.missing", "saves an untrained model where the channel is missing"),
    "missing-unnoticed": Mutant("channels.missing", "ends with 0 where the channel is missing"),
    "empty-directory": Mutant("channels.empty", "saves an untrained model where the channel has no file"),
    "empty-zero-bytes": Mutant("channels.empty", "saves an untrained model where all files have zero bytes"),
    "pipe-opened": Mutant("channels.pipe", "waits for what a pipe in place of the channel will hold"),
    "pipe-untrained-model": Mutant("channels.pipe", "saves an untrained model where the channel is a pipe"),
    "empty-header-alone": Mutant("channels.empty", "saves an untrained model where the files have no row"),
}
