"""Rules on how the image is launched, and that it ends."""

from __future__ import annotations

from conformance.judge.looks import runs, the_baseline, the_image, valid
from conformance.judge.properties import trains
from conformance.judge.rule import MUST, SHOULD, Subject, rule
from conformance.judge.violation import Violation
from conformance.values.run import Run


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
    """The effective entrypoint is not `/bin/sh -c …`."""
    entrypoint = subject.manifest.container.entrypoint or subject.image.entrypoint
    if entrypoint[:2] == ("/bin/sh", "-c"):
        raise Violation(f"the entrypoint is {list(entrypoint)}")


@rule(
    "launch.ends",
    MUST,
    "S3",
    looks_at=runs(valid),
    hint="look for threads that are no daemons, child processes and servers that outlive the training; "
    "if the work itself takes longer, declare limits.timeout_s",
)
def process_ends(run: Run) -> None:
    """The process ends by itself once the work is done."""
    if run.timed_out:
        done = "; a model was there already" if run.model.has_model() else ""
        raise Violation(f"the job {run.ending}, twice{done}")
