"""Rules on how the image is launched, and that it ends."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from conformance.contract import paths
from conformance.contract.choices import Part, value_of
from conformance.contract.limits import IMAGE_URI_CHARACTERS
from conformance.judge.cause import likely_cause
from conformance.judge.looks import Claim, runs, the_baseline, the_image, the_plain_job, valid
from conformance.judge.ownership import owner
from conformance.judge.properties import trains
from conformance.judge.rule import MAY, MUST, REGISTRY, SHOULD, Subject, rule
from conformance.judge.violation import Unobservable, Violation
from conformance.manifest.model import Manifest
from conformance.values.job import Job, is_for_scale
from conformance.values.run import Run
from conformance.values.verdict import Level

_SHOWN = 3
_RESERVED = (paths.INPUT, paths.MODEL, paths.OUTPUT)
_TINI = re.compile(r"tini(-static)?(-[a-z0-9]+)?")
_SHELLS = ("sh", "bash", "dash", "ash", "zsh", "ksh")
_DRIVER = re.compile(r"(libcuda|libnvidia-.+)\.so\..+")
# Both hold libraries that stand for those of the driver while something is built or run without it.
_NOT_DRIVERS = {"stubs", "compat"}


def _is_launched_otherwise(manifest: Manifest) -> str | None:
    container = manifest.container
    if container.entrypoint is not None or container.arguments not in (None, ("train",)):
        return None
    return "declare container.entrypoint or container.arguments: without them `image train` is the launch form"


def _effective_entrypoint(subject: Subject) -> tuple[str, ...]:
    return subject.manifest.container.entrypoint or subject.image.entrypoint


def _some(found: list[str]) -> str:
    return ", ".join(map(repr, found[:_SHOWN])) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")


@rule(
    "launch.platform",
    MUST,
    "L1",
    looks_at=the_image(),
    hint="build with `docker build --platform linux/amd64`",
)
def image_is_for_linux_amd64(subject: Subject) -> None:
    """The image is linux/amd64."""
    if subject.image.platform != "linux/amd64":
        raise Violation(f"the image is {subject.image.platform}")


@rule(
    "launch.trains",
    MUST,
    "L3",
    looks_at=the_baseline(),
    hint="run the folder's reproduce.sh; it runs the plain job by itself",
)
def baseline_trains(run: Run) -> None:
    """The plain job trains in the manifest's launch form: with neither entrypoint nor arguments, `image train`."""
    trains(run)


@rule(
    "launch.exec-form",
    SHOULD,
    "L5",
    looks_at=the_image(),
    hint='write ENTRYPOINT ["python", "/opt/ml/code/train.py"], as a list, so that the program itself gets SIGTERM',
)
def entrypoint_is_in_exec_form(subject: Subject) -> None:
    """The effective entrypoint is not `/bin/sh -c …`, or that of another shell."""
    entrypoint = _effective_entrypoint(subject)
    words = entrypoint[1:] + (subject.manifest.container.arguments or ())
    if entrypoint and PurePosixPath(entrypoint[0]).name in _SHELLS and _is_given_a_script(words):
        given = f", the arguments {list(words)}" if words != entrypoint[1:] else ""
        raise Violation(f"the entrypoint is {list(entrypoint)}{given}")


def _is_given_a_script(words: tuple[str, ...]) -> bool:
    """Whether the options of a shell, which end where a file's name stands, say that a script follows, as -c does."""
    follows = iter(words)
    for word in follows:
        if not word.startswith(("-", "+")) or word in ("-", "--"):
            return False
        if re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*", word):
            return True
        if re.fullmatch(r"[-+][a-zA-Z]*[oO]", word):
            next(follows, None)
    return False


@rule(
    "launch.no-tini",
    SHOULD,
    "L6",
    looks_at=the_image(),
    hint="start the program itself, and let it handle SIGTERM and wait for its children",
)
def entrypoint_is_not_tini(subject: Subject) -> None:
    """The effective entrypoint is not tini."""
    entrypoint = _effective_entrypoint(subject)
    if entrypoint and _TINI.fullmatch(PurePosixPath(entrypoint[0]).name):
        raise Violation(f"the entrypoint is {list(entrypoint)}")


@rule(
    "launch.opt-ml-reserved",
    MUST,
    "L7",
    looks_at=the_image(files="opt-ml"),
    hint="put code below /opt/ml/code, and everything else that the image brings outside /opt/ml",
)
def opt_ml_is_left_to_the_platform(subject: Subject) -> None:
    """The image has no files under `/opt/ml/input`, `/opt/ml/model`, `/opt/ml/output`; elsewhere only in `code`."""
    found = list(subject.files.paths)
    if hidden := [path for path in found if _is_below(path, *_RESERVED)]:
        raise Violation(f"the image has {_some(hidden)}, which a training job hides")
    if stray := [path for path in found if not _is_below(path, paths.CODE)]:
        raise Violation(f"the image has {_some(stray)}, in a directory that is reserved", level=MAY)


def _is_below(path: str, *directories: str) -> bool:
    return any(path == directory or path.startswith(f"{directory}/") for directory in directories)


@rule(
    "launch.unprivileged",
    MUST,
    "L8",
    looks_at=the_plain_job(without="privileges"),
    hint="look for mounts, devices, sudo and other programs that raise their privileges, and for what sets limits",
)
def trains_without_privileges(claim: Claim) -> None:
    """Trains with default capabilities and no-new-privileges."""
    trains(claim.run)


@rule(
    "launch.no-gpu-drivers",
    SHOULD,
    "L9",
    looks_at=the_image(files="libraries"),
    hint="install the CUDA toolkit alone; the driver's libraries come from the host",
    size="full",
)
def image_brings_no_gpu_driver(subject: Subject) -> None:
    """The image has no `libcuda.so.*` and no `libnvidia-*.so.*` outside stubs and compat."""
    drivers = [
        path
        for path in map(PurePosixPath, subject.files.paths)
        if _DRIVER.fullmatch(path.name) and not _NOT_DRIVERS & set(path.parts)
    ]
    if drivers:
        raise Violation(f"the image has {_some([str(path) for path in drivers])}")


@rule(
    "launch.ends",
    MUST,
    "S3",
    # How long a job waits for a network that is silent, or takes for its rows, is another rule's.
    looks_at=runs(lambda job: valid(job) and job["network"] != "silent" and not is_for_scale(job)),
    hint="look for threads that are no daemons, child processes and servers that outlive the training; "
    "if the work itself takes longer, declare limits.timeout_s",
)
def process_ends(run: Run) -> None:
    """The process ends by itself once the work is done."""
    if run.timed_out:
        done = "; a model was there already" if run.model.has_model() else ""
        raise Violation(f"the job {run.ending}, twice{done}", level=_weight_of_values(run.job))


def _weight_of_values(job: Job) -> Level:
    """Return the level of the rule that owns what a job has out of the ordinary: what may be refused may take long."""
    told = ((name, value_of(name, value)) for name, value in job.choices)
    rare = [name for name, value in told if value is not None and value.part in (Part.ALONE, Part.CONTROL)]
    levels = [REGISTRY[owner(name, job)].level for name in rare]
    return max(levels, key=lambda level: level.rank, default=Level.MUST)


@rule(
    "launch.image-uri",
    MAY,
    "L2",
    targets=("clean-rooms",),
    looks_at=the_image(),
    hint="name the image by a tag in the configured model algorithm, not by its digest",
)
def image_uri_is_one_that_clean_rooms_takes(subject: Subject) -> None:
    """A reference with a registry host is `registry/repository[:tag]`, 255 characters at most."""
    reference = subject.image.reference
    host, slash, _ = reference.partition("/")
    if not slash or not (re.search(r"[.:]", host) or host == "localhost"):
        raise Unobservable("test the image under the name that it has in its registry, host included")
    if "@" in reference:
        raise Violation(f"the image is named by its digest, {reference}")
    if len(reference) > IMAGE_URI_CHARACTERS:
        raise Violation(f"the reference has {len(reference)} characters, {IMAGE_URI_CHARACTERS} are taken")


@rule(
    "launch.train-argument",
    MAY,
    "L3 override",
    looks_at=runs(lambda job: job["launch-form"] == "train"),
    applies=_is_launched_otherwise,
    hint="give the image an entrypoint that trains when its argument is `train`",
)
def also_trains_with_the_argument(run: Run) -> None:
    """Also trains as `image train` where the manifest declares another form."""
    if not run.trains:
        left = " and left no model" if run.exit_code == 0 else ""
        cause = f"; {cause}" if (cause := likely_cause(run)) else ""
        # A violation of this rule and no other: that it trains so was never claimed.
        raise Violation(f"launched as `image train`, the job {run.ending}{left}{cause}")
