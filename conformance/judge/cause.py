"""The likely cause of a job that did not train, from the texts that it left."""

from __future__ import annotations

import re

from conformance.values.run import Run

_SIGNS: tuple[tuple[str, str], ...] = (
    (r'exec: "?train"?: executable file not found', "there is no program `train` on the PATH, and no entrypoint"),
    (r"executable file not found|no such file or directory: unknown", "the entrypoint's program is not in the image"),
    (r"exec format error", "the program was built for another processor, or its script has no #! line"),
    (r"permission denied: unknown", "the entrypoint's file is not executable (chmod +x)"),
    (
        r"unrecognized arguments: train|unexpected (?:extra )?argument.*train",
        "the program rejects the argument `train`",
    ),
    (
        r"Network is unreachable|Temporary failure in name resolution|Name or service not known|"
        r"Could not resolve host|NewConnectionError|ConnectionError|NoCredentialsError|EndpointConnectionError",
        "it seems to need the network, which a training job does not have",
    ),
    (r"KeyError: '(SM_\w+|FILE_FORMAT)'", "it needs an environment variable that is not set"),
    (r"No space left on device", "it ran out of disk space, perhaps in /dev/shm"),
    (r"Read-only file system", "it writes where nothing can be written"),
    (r"Operation not permitted", "it needs privileges that a training job does not have"),
    (r"libcuda|CUDA driver|no NVIDIA driver", "it needs a GPU"),
    (r"ModuleNotFoundError|ImportError", "a Python module is missing from the image"),
)


def likely_cause(run: Run) -> str | None:
    """Return the likely cause, as a clause; None where nothing points to one."""
    if run.out_of_memory:
        return "it needs more memory than the manifest's memory_gb"
    texts = (run.never_started or "", run.status_details, run.stderr.text[-20_000:], run.stdout.text[-20_000:])
    for pattern, cause in _SIGNS:
        if any(re.search(pattern, text) for text in texts):
            return f"likely cause: {cause}"
    return None
