"""A counterexample as a folder that can be sent to somebody: what was seen, the jobs, and a script to repeat them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

import conformance
from conformance.contract import paths
from conformance.data.launch import Launch, container_files, launches
from conformance.manifest import LoadedManifest
from conformance.report.reproduce import recorded_ending, script, static_script
from conformance.report.terminal import printable
from conformance.settings import Settings
from conformance.values.artifacts import Tree
from conformance.values.image import Image
from conformance.values.run import Log, Run, Signal
from conformance.values.verdict import RuleResult

COUNTEREXAMPLE = "counterexample.json"
MANIFEST = "manifest.toml"
JOB = "job.json"
SCHEMA_VERSION = 1
_ARTIFACTS_KEPT = 50
_SIBLINGS_BYTES = 16 * 2**20
_OURS = {COUNTEREXAMPLE, MANIFEST, "README.md", "jobs", "reproduce.sh", "reproduced"}
_LOG_CHARACTERS = 200_000


def write_counterexample(
    folder: Path, result: RuleResult, image: Image, loaded: LoadedManifest, settings: Settings
) -> None:
    """Write the folder of a broken rule, in place of any older one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    runs = result.counterexample.runs if result.counterexample is not None else ()
    (folder / "README.md").write_text(_readme(result, runs), encoding="utf-8")
    (folder / COUNTEREXAMPLE).write_text(_json(_drawn(result, loaded, settings, len(runs))), encoding="utf-8")
    _write_manifest(folder, loaded)
    how = [launches(run.job, loaded.manifest, max_memory_gb=settings.max_memory_gb) for run in runs]
    title = f"{result.rule.id}: {result.rule.title}"
    text = (
        script(title, image, list(zip(runs, how, strict=True))) if runs else static_script(result.rule.id, title, image)
    )
    path = folder / "reproduce.sh"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    for number, (run, given) in enumerate(zip(runs, how, strict=True), start=1):
        job = folder / "jobs" / str(number)
        for host, how_launched in zip(run.hosts or (run,), given, strict=True):
            files = container_files(run.job, how_launched, loaded)
            _write_container(job / host.host, host, how_launched, files)
        (job / JOB).write_text(_json(run.job.as_json()), encoding="utf-8")
        (job / "run.json").write_text(_json(run_as_json(run)), encoding="utf-8")


def _drawn(result: RuleResult, loaded: LoadedManifest, settings: Settings, jobs: int) -> dict[str, Any]:
    """Return what is needed, beside the manifest and the jobs, to draw the plan that they are of."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool_version": conformance.__version__,
        "rule": result.rule.id,
        "size": settings.size,
        "seed": settings.seed,
        "targets": loaded.manifest.algorithm.targets,
        "diagnose_network": settings.diagnose_network,
        "jobs": jobs,
    }


def _write_manifest(folder: Path, loaded: LoadedManifest) -> None:
    """Write the manifest, and of the files that it names those that can lie beside it, as far as they are no burden."""
    (folder / MANIFEST).write_bytes(loaded.text)
    left = _SIBLINGS_BYTES
    for name, content in loaded.siblings.items():
        if len(content) <= left and lies_beside(name) and PurePosixPath(name).parts[0] not in _OURS:
            left -= len(content)
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _write_container(folder: Path, run: Run, given: Launch, files: Iterator[tuple[str, bytes]]) -> None:
    moved = [name for name in given.channels if paths.channel(name) in given.moved]
    for name in given.channels:
        # The script makes pipes where it needs them: in a folder that people search through, they would hang.
        if name not in given.pipes:
            (folder / "input" / "data" / name).mkdir(parents=True)
    for name in moved:
        (folder / "moved" / name).mkdir(parents=True)
    (folder / "input" / "data").mkdir(parents=True, exist_ok=True)
    (folder / "output" / "data").mkdir(parents=True)
    if given.failure_path == "directory":
        (folder / "output" / "failure").mkdir()
    for name, content in files:
        path = folder / "input" / name
        if any(name.startswith(f"data/{channel}/") for channel in moved):
            path = folder / "moved" / name.removeprefix("data/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, log in (("stdout", run.stdout), ("stderr", run.stderr)):
        (folder / f"{name}.txt").write_text(_text(log), encoding="utf-8", errors="replace")
    _write_artifacts(folder / "left" / "model", run.model)
    _write_artifacts(folder / "left" / "output", run.output)
    _write_artifacts(folder / "left" / "default-model", run.default_model or Tree())
    _write_artifacts(folder / "left" / "moved-output", run.moved_output or Tree())


def _write_artifacts(folder: Path, tree: Tree) -> None:
    """Write the beginning of the files that a container left, of those whose names can do no harm."""
    for entry in tree.files()[:_ARTIFACTS_KEPT]:
        if not lies_beside(entry.path):
            continue
        path = folder / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(entry.content)


def lies_beside(name: str) -> bool:
    """Whether a path, which an image or its manifest names, stays in the folder and harms nobody who looks there."""
    parts = PurePosixPath(name).parts
    inside = bool(parts) and ".." not in parts and not name.startswith("/") and len(name) < 200
    return inside and all(part.isprintable() and part.isascii() and "\\" not in part for part in parts)


def run_as_json(run: Run) -> dict[str, Any]:
    """Return what came of a job as JSON values, its files by name and size alone."""
    return {
        "job": run.job.digest,
        "ending": recorded_ending(run),
        "exit_code": run.exit_code,
        "never_started": run.never_started,
        "timed_out": run.timed_out,
        "out_of_memory": run.out_of_memory,
        "signal": None if run.signal is None else _signal_as_json(run.signal),
        "limit_s": run.limit_s,
        "container_s": round(run.container_s, 3),
        "wall_s": round(run.wall_s, 3),
        "status_details": run.status_details,
        "metrics": {seen.metric.name: seen.value for seen in run.metrics},
        "model": _tree_as_json(run.model),
        "output": _tree_as_json(run.output),
        "default_model": None if run.default_model is None else _tree_as_json(run.default_model),
        "moved_output": None if run.moved_output is None else _tree_as_json(run.moved_output),
        "input_changes": None if run.input_changes is None else [asdict(change) for change in run.input_changes],
        "hosts": {host.host: run_as_json(host) for host in run.hosts},
    }


def _signal_as_json(signal: Signal) -> dict[str, Any]:
    return {
        "sent_s": round(signal.sent_s, 3),
        "by_line": signal.by_line,
        "ended_after_s": round(signal.ended_after_s, 3),
        "killed": signal.killed,
        "matches_before": {seen.metric.name: seen.matches for seen in signal.metrics},
        "log_bytes_before": signal.log_bytes,
    }


def _tree_as_json(tree: Tree) -> list[dict[str, Any]]:
    return [{"path": e.path, "kind": e.kind, "size_bytes": e.size_bytes, "sha256": e.sha256} for e in tree.entries]


def _readme(result: RuleResult, runs: tuple[Run, ...]) -> str:
    rule = result.rule
    lines = [
        f"# {rule.id}",
        "",
        f"{rule.title} (*{rule.level}*)",
        "",
        f"> {rule.clause.text}",
        "",
        f"({rule.clause.basis}, {rule.clause.source})",
        "",
        "## What was seen",
        "",
        printable(result.message or ""),
        "",
    ]
    if result.counterexample is not None:
        lines += [printable(result.counterexample.sentence), ""]
    lines += ["## What to do", "", f"Hint: {rule.hint}.", "", "`./reproduce.sh` repeats it.", ""]
    for number, run in enumerate(runs, start=1):
        what = "the job that breaks the rule" if number == 1 else "for comparison"
        lines.append(f"- `jobs/{number}`: {what}; it {printable(run.ending)}.")
    return "\n".join(lines) + "\n"


def _text(log: Log) -> str:
    if len(log.text) <= _LOG_CHARACTERS:
        return log.text
    half = _LOG_CHARACTERS // 2
    return f"{log.text[:half]}\n[…]\n{log.text[-half:]}"


def _json(value: object) -> str:
    # Names that are no UTF-8 come as lone surrogates, which JSON's escapes can hold and a text file cannot.
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"
