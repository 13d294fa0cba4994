"""Rules on how a job fails: its exit code, and the file from which alone its author learns why."""

from __future__ import annotations

import codecs
import re

from conformance.contract.limits import STATUS_DETAILS_CHARACTERS
from conformance.judge.looks import all_faults, any_job, not_stopped, runs, unwritable, valid
from conformance.judge.ownership import noticed, rules_noticed
from conformance.judge.properties import fails, shown_text
from conformance.judge.rule import MAY, MUST, SHOULD, rule
from conformance.judge.violation import FaultUnnoticed, Unobservable, Violation
from conformance.values.job import Fault, FaultKind, Job
from conformance.values.run import Run

_EARLY: tuple[FaultKind, ...] = ("configuration-cut", "channel-missing", "undeclared-format")
# Some runtimes end by themselves where there is too little memory, and nothing of the program can be run any more.
_KILLS: tuple[FaultKind, ...] = ("little-memory",)
_SHORT_BYTES = 1024


def _early(job: Job) -> bool:
    return job.fault is not None and job.fault.kind in _EARLY and not job.fault.failure_path


def _not_early(job: Job) -> bool:
    if job.fault is not None and (_early(job) or job.fault.failure_path or job.fault.kind in _KILLS):
        return False
    return not_stopped(job)


def _failed_with_text(run: Run) -> bool:
    return run.fails and run.failure is not None and run.failure.kind == "file" and run.failure.size_bytes > 0


@rule(
    "failure.exit-code",
    MUST,
    "F1",
    looks_at=all_faults(),
    hint="after writing the failure file, end with sys.exit(1) or raise again; no `|| true`, no pipe into tee",
)
def every_fault_fails(faults: tuple[Run, ...]) -> None:
    """Every fault ends with a non-zero exit code, a format that is not declared among them."""
    for run in faults:
        if run.job.fault is not None and run.job.fault.rule == "failure.exit-code":
            if run.exit_code == 0:
                raise FaultUnnoticed(run, f"{run.job.fault.sentence}; the job {run.ending}")
            if run.timed_out:
                raise Violation(f"{run.job.fault.sentence}; the job {run.ending}", run=run)
    if len(rules := rules_noticed(faults)) > 1:
        told = f"faults of {', '.join(rules)} were noticed, and the jobs ended with exit code 0 all the same"
        raise Violation(told, run=next(filter(noticed, faults)))


@rule(
    "failure.file",
    SHOULD,
    "F2",
    looks_at=runs(_not_early, when=lambda run: run.fails),
    hint="catch every exception at the top of the program and write it to /opt/ml/output/failure, "
    "whatever SM_OUTPUT_DIR says",
)
def failing_leaves_a_failure_file(run: Run) -> None:
    """Every non-zero exit leaves a non-empty regular file `/opt/ml/output/failure`."""
    _leaves_a_failure_file(run)


@rule(
    "failure.early",
    SHOULD,
    "F3",
    looks_at=runs(_early, when=lambda run: run.fails or _unread_configuration(run)),
    hint="begin the program with what catches every exception, before configuration is read and libraries are imported",
)
def failing_early_leaves_a_failure_file(run: Run) -> None:
    """A job that fails before it reads data leaves a failure file too: configuration cut off, no channel, no format."""
    fails(run)
    _leaves_a_failure_file(run)


def _unread_configuration(run: Run) -> bool:
    return run.job.fault is not None and run.job.fault.kind == "configuration-cut"


def _leaves_a_failure_file(run: Run) -> None:
    failure = run.failure
    why = f" ({run.job.fault.sentence})" if run.job.fault is not None else ""
    if failure is None:
        raise Violation(f"the job {run.ending}{why}, and there is no /opt/ml/output/failure")
    if failure.kind != "file":
        raise Violation(f"the job {run.ending}{why}, and /opt/ml/output/failure is a {failure.kind}")
    if failure.size_bytes == 0:
        raise Violation(f"the job {run.ending}{why}, and /opt/ml/output/failure is empty")


@rule(
    "failure.utf8",
    SHOULD,
    "F4 utf8",
    looks_at=runs(not_stopped, when=_failed_with_text),
    hint='open the file with encoding="utf-8", and cut characters, not bytes',
)
def failure_file_is_utf8(run: Run) -> None:
    """The failure file is valid UTF-8 without NUL, also where the cause holds non-ASCII and is cut."""
    content = b"" if run.failure is None else run.failure.content
    if (at := content.find(b"\0")) >= 0:
        raise Violation(f"byte {at} of the failure file is NUL")
    # Of a file that was not read to its end, the last character may be cut by us.
    whole = run.failure is not None and len(content) == run.failure.size_bytes
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content, final=whole)
    except UnicodeDecodeError as error:
        bad = f"0x{content[error.start]:02x}"
        raise Violation(f"byte {error.start} of the failure file, {bad}, is not UTF-8 ({error.reason})") from error


@rule(
    "failure.first-1024-characters",
    SHOULD,
    "F4",
    looks_at=all_faults(),
    hint="begin the failure file with one sentence that names the file, column, hyperparameter, variable or channel; "
    "a traceback may follow",
)
def first_characters_name_the_culprit(faults: tuple[Run, ...]) -> None:
    """The first 1024 characters of the failure file name, as whole words, any of what is at fault."""
    told = [run for run in faults if _failed_with_text(run)]
    if not told:
        raise Unobservable("no job with a fault left a failure file")
    for run in told:
        if not _tells(run, [other for other in told if other is not run]):
            raise Violation(_says_nothing(run), run=run)


def _tells(run: Run, others: list[Run]) -> bool:
    fault = run.job.fault
    if fault is None or fault.exempt:
        return True
    text = run.status_details
    if fault.kind == "corrupt" and not any(text == other.status_details for other in others if _is_other(other)):
        return True
    return any(
        _names(text, name, within=within) and not _said_anyway(name, others, within=within)
        for name in fault.names
        for within in {False, name == fault.subject}
    )


def _is_other(run: Run) -> bool:
    return run.job.fault is not None and run.job.fault.kind != "corrupt"


def _said_anyway(name: str, others: list[Run], *, within: bool) -> bool:
    """Whether the image mostly writes a name also where the fault has nothing to do with it.

    Now and then any name is a word that a text happens to have: "value", "date", "name".
    """
    unrelated = [run for run in others if run.job.fault is not None and not _concerns(run.job.fault, name)]
    return 2 * sum(_names(run.status_details, name, within=within) for run in unrelated) > len(unrelated)


def _concerns(fault: Fault, name: str) -> bool:
    return any(_names(other, name) for other in (*fault.names, *fault.concerns))


def _names(text: str, name: str, *, within: bool = False) -> bool:
    """Whether a text holds a name as a whole word: ``train`` is not named by ``train.py`` or ``/opt/ml/train``.

    ``within`` says that it may be told as part of something: ``epochs`` by ``hyperparameters.epochs`` or ``/epochs``.
    """
    bare = re.fullmatch(r"[\w-]+", name) is not None
    before, after = (r"(?<![\w/.])(?<!\w-)", r"(?![\w/]|[.-]\w)") if bare else (r"(?<!\w)", r"(?!\w)")
    before = r"(?<!\w)(?<!\w-)" if bare and within else before
    return re.search(before + re.escape(name) + after, text, re.IGNORECASE) is not None


def _says_nothing(run: Run) -> str:
    fault = run.job.fault
    names = ", ".join(name if len(name) <= 60 else name[:60] + "…" for name in fault.names[:3]) if fault else ""
    whole = run.failure is not None and run.failure.size_bytes > STATUS_DETAILS_CHARACTERS
    where = f"the first {STATUS_DETAILS_CHARACTERS} characters of the failure file" if whole else "the failure file"
    sentence = fault.sentence if fault else ""
    said = shown_text(run.status_details)
    return f"{sentence}; {where} names none of {names} (or names it whatever the fault is): {said}"


@rule(
    "failure.fits",
    MAY,
    "U8",
    looks_at=runs(any_job, when=_failed_with_text),
    hint="cut the text at 1024 bytes, between two characters; a traceback belongs in the log",
)
def failure_file_fits(run: Run) -> None:
    """The whole failure file is 1024 bytes or less."""
    size = run.failure.size_bytes if run.failure is not None else 0
    if size > _SHORT_BYTES:
        raise Violation(f"the failure file has {size} bytes; what is behind the first {_SHORT_BYTES} may not be shown")


@rule(
    "failure.unwritable",
    MUST,
    "F5",
    looks_at=unwritable(),
    hint="catch the error of writing the failure file by itself, and end with sys.exit(1) whatever came of it",
)
def fails_without_a_failure_file(pair: tuple[Run, Run]) -> None:
    """Where the failure file cannot be written, a fault still ends with a non-zero exit code."""
    run, writable = pair
    if not writable.fails:
        raise Unobservable("the fault does not end the job where the failure file can be written either")
    if run.exit_code == 0 or run.timed_out:
        raise Violation(f"{_sentence(run)}; the job {run.ending}, where it {writable.ending} otherwise", run=run)
    if not run.fails:
        raise Unobservable(f"{_sentence(run)}, but the job {run.ending}")


def _sentence(run: Run) -> str:
    return run.job.fault.sentence if run.job.fault is not None else ""


@rule(
    "failure.none-on-success",
    SHOULD,
    "F6",
    looks_at=runs(valid, when=lambda run: run.exit_code == 0),
    hint="write the failure file only where the job fails",
)
def success_leaves_no_failure_file(run: Run) -> None:
    """Exit code 0 leaves no failure file."""
    if run.failure is not None:
        raise Violation(f"the job {run.ending}, and there is a failure file: {shown_text(run.status_details)}")
