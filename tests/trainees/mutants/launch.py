"""The mutants that break rules of the area launch."""

from collections.abc import Mapping

from .mutant import Mutant, also

# Without a timeout of its own each of these would be waited for twice 30 s.
_SHORT = 'RUN ["sed", "-i", "s/^timeout_s = 30/timeout_s = 6/", "/opt/ml/code/algorithm.toml"]\n'

MUTANTS: Mapping[str, Mutant] = {
    "platform-arm64": Mutant(
        "launch.platform", "says that it is for arm64, though it runs", of="static", architecture="arm64"
    ),
    "platform-arm64-binary": Mutant(
        "launch.platform",
        "was built on a laptop for arm64: exec format error",
        # Some engines count this as started and ended with 1.
        also("launch.trains", "failure.file", "failure.early"),
        of="static",
        architecture="arm64",
        foreign_binary=True,
    ),
    "trains-strict-arguments": Mutant("launch.trains", "rejects the argument `train`"),
    "trains-never": Mutant("launch.trains", "fails at the first step, whatever the job"),
    "trains-no-command": Mutant(
        "launch.trains",
        "has no entrypoint, and nothing called `train` on the PATH",
        of="shell",
        dockerfile='RUN ["mv", "/usr/local/bin/train", "/usr/local/bin/learn"]',
    ),
    "exec-form-shell": Mutant(
        "launch.exec-form",
        "has its ENTRYPOINT in the shell form",
        dockerfile="ENTRYPOINT exec python -S -B -m small.train",
    ),
    "exec-form-explicit": Mutant(
        "launch.exec-form",
        "has a command line for /bin/sh as its ENTRYPOINT",
        of="shell",
        dockerfile='ENTRYPOINT ["/bin/sh", "-c", "exec /usr/local/bin/train"]',
    ),
    "ends-thread": Mutant(
        "launch.ends",
        "leaves a thread behind that keeps the process alive",
        dockerfile=f"ENV TRAINEE_BREAKS=ends-thread\n{_SHORT}",
    ),
    "ends-sleep": Mutant(
        "launch.ends",
        "sleeps for ever once the model is saved",
        dockerfile=f"ENV TRAINEE_BREAKS=ends-sleep\n{_SHORT}",
    ),
}
