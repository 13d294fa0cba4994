"""The mutants that break rules of the area channels."""

from collections.abc import Mapping

from .mutant import Mutant, also, script_before

_DASH = script_before('exec python -S -B -m small.train "$@"')

MUTANTS: Mapping[str, Mutant] = {
    "read-only-cache": Mutant("channels.read-only", "writes a cache beside the data, and removes it"),
    "read-only-opened-for-writing": Mutant("channels.read-only", "opens the data for reading and writing"),
    "unchanged-cache": Mutant(
        "channels.unchanged", "leaves a cache beside every file, if it can", also("artifacts.nothing-lost")
    ),
    "unchanged-parquet-index": Mutant("channels.unchanged", "leaves an index beside every Parquet file, if it can"),
    "unchanged-removed": Mutant("channels.unchanged", "removes every file that it has read, if it can"),
    "unchanged-rewritten": Mutant("channels.unchanged", "ends every file that it has read with one more line end"),
    "extra-every-channel": Mutant(
        "channels.extra", "reads every directory beside that of its channel", also("ingestion.every-row")
    ),
    "extra-first-directory": Mutant("channels.extra", "takes the first directory for that of its channel"),
    "extra-refused": Mutant("channels.extra", "refuses to train with more than one channel"),
    "optional-needed": Mutant("channels.optional", "needs the directories of the optional channels", of="channels"),
    "optional-configured": Mutant(
        "channels.optional", "needs the optional channels in inputdataconfig.json", of="channels"
    ),
    "optional-first-needed": Mutant(
        "channels.optional", "needs the first of its optional channels where the other is there", of="channels"
    ),
    "optional-last-needed": Mutant(
        "channels.optional", "needs the last of its optional channels where the other is there", of="channels"
    ),
    "name-dropped-by-the-shell": Mutant(
        "channels.name", "is started by a script for /bin/sh, which drops the variable", of="channels", dockerfile=_DASH
    ),
    "name-underscores": Mutant(
        "channels.name", "looks for the variable of earlier-rows.v1 under a name with underscores", of="channels"
    ),
    "missing-untrained-model": Mutant("channels.missing", "saves an untrained model where the channel is missing"),
    "missing-unnoticed": Mutant(
        "channels.missing", "ends with 0 and without a word where the channel is missing", also("logs.stdio")
    ),
    "empty-directory": Mutant("channels.empty", "saves an untrained model where the channel has no file"),
    "empty-zero-bytes": Mutant("channels.empty", "saves an untrained model where all files have zero bytes"),
    "pipe-opened": Mutant("channels.pipe", "waits for what a pipe in place of the channel will hold"),
    "pipe-untrained-model": Mutant("channels.pipe", "saves an untrained model where the channel is a pipe"),
    "empty-header-alone": Mutant("channels.empty", "saves an untrained model where the files have no row"),
}
