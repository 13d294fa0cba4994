"""The mutants that break rules of the area launch."""

from collections.abc import Mapping

from .mutant import Mutant, also

# Without a timeout of its own each of these would be waited for twice 30 s.
_SHORT = 'RUN ["sed", "-i", "s/^timeout_s = 30/timeout_s = 6/", "/opt/ml/code/algorithm.toml"]\n'

_MANIFEST = "/opt/ml/code/algorithm.toml"


def _launched_by(entrypoint: str) -> str:
    """A line that puts an entrypoint, as TOML, into the manifest."""
    return f"RUN sed -i '1a [container]\\nentrypoint = {entrypoint}' {_MANIFEST}\n"


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
    "trains-memory": Mutant(
        "launch.trains",
        "needs more memory than it declares",
        dockerfile=f"ENV TRAINEE_BREAKS=trains-memory\nRUN sed -i 's/^memory_gb = .*/memory_gb = 0.1/' {_MANIFEST}",
    ),
    "no-tini-entrypoint": Mutant(
        "launch.no-tini",
        "starts with tini",
        of="shell",
        # It does as tini does with a program that ends at once.
        dockerfile='RUN cp /usr/bin/env /usr/bin/tini\nENTRYPOINT ["/usr/bin/tini", "--"]',
    ),
    "no-tini-manifest": Mutant(
        "launch.no-tini",
        "is to be started with a static tini, as its manifest says",
        of="shell",
        dockerfile="RUN cp /usr/bin/env /tini-static-amd64\n" + _launched_by('["/tini-static-amd64", "--", "train"]'),
    ),
    "opt-ml-reserved-model": Mutant(
        "launch.opt-ml-reserved",
        "brings a model to start from where the platform mounts its own directory",
        dockerfile="RUN mkdir -p /opt/ml/model && echo weights >/opt/ml/model/pretrained.bin",
    ),
    "opt-ml-reserved-channel": Mutant(
        "launch.opt-ml-reserved",
        "brings an example of the data",
        dockerfile="RUN mkdir -p /opt/ml/input/data/train && echo 1 >/opt/ml/input/data/train/example.csv",
    ),
    "opt-ml-reserved-elsewhere": Mutant(
        "launch.opt-ml-reserved",
        "brings weights in a directory of its own below /opt/ml",
        dockerfile="RUN mkdir -p /opt/ml/weights && echo weights >/opt/ml/weights/pretrained.bin",
        warns=True,
    ),
    "unprivileged-nice": Mutant("launch.unprivileged", "raises its own priority"),
    "unprivileged-setuid": Mutant(
        "launch.unprivileged",
        "has a part of its work done by a setuid program, as another user",
        dockerfile="ENV TRAINEE_BREAKS=unprivileged-setuid\n"
        "RUN cp /bin/ls /usr/local/bin/list && chmod 4755 /usr/local/bin/list && mkdir -m 700 /srv/own\n"
        "RUN printf '#!/bin/sh\\nexec /usr/local/bin/list /srv/own\\n' >/usr/local/bin/as-root\n"
        "RUN chmod 755 /usr/local/bin/as-root",
    ),
    "no-gpu-drivers-libcuda": Mutant(
        "launch.no-gpu-drivers",
        "brings the library of the driver",
        dockerfile="RUN touch /usr/lib/libcuda.so.550.54.15 && ln -s libcuda.so.550.54.15 /usr/lib/libcuda.so.1",
        size="full",
    ),
    "no-gpu-drivers-nvidia": Mutant(
        "launch.no-gpu-drivers",
        "brings a library that belongs to the driver, in a directory of its own",
        dockerfile="RUN mkdir -p /opt/nvidia/lib64 && touch /opt/nvidia/lib64/libnvidia-ml.so.1",
        size="full",
    ),
    "image-uri-too-long": Mutant(
        "launch.image-uri",
        "has a name that is too long",
        dockerfile="LABEL name=too-long",
        reference=f"registry.example.com/{'a' * 200}:{'b' * 60}",
    ),
    "train-argument-refused": Mutant(
        "launch.train-argument",
        "is started by an entrypoint in its manifest, and refuses the argument `train`",
        dockerfile="ENV TRAINEE_BREAKS=trains-strict-arguments\n"
        + _launched_by('["python", "-S", "-B", "-m", "small.train"]'),
    ),
    "train-argument-unknown": Mutant(
        "launch.train-argument",
        "has no entrypoint but the manifest's",
        of="shell",
        dockerfile="RUN mv /usr/local/bin/train /usr/local/bin/learn\n" + _launched_by('["/usr/local/bin/learn"]'),
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
        size="smoke",
    ),
}
