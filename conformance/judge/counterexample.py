"""What a counterexample shows: the runs, the differences between them, and the sentence that tells them."""

from __future__ import annotations

from dataclasses import replace

from conformance.judge.evidence import Evidence
from conformance.judge.explaining import Explained
from conformance.judge.phrases import sentence_of, told_differences
from conformance.judge.violation import ResultDiffers
from conformance.values.run import Run
from conformance.values.verdict import Counterexample


def counterexample(found: Explained, evidence: Evidence) -> Counterexample | None:
    """Return what shows a violation, None where no run does."""
    if not found.runs:
        return None
    shown = _shown(found, evidence)
    job, smallest = shown[0].job, found.smallest
    if smallest is None:
        neighbour = shown[1].job if found.violation.run is None and len(shown) > 1 else evidence.drawn_baseline
        plain = evidence.drawn_baseline if job != evidence.drawn_baseline else neighbour
        if job == evidence.drawn_baseline and evidence.relaxed:
            easier = told_differences(evidence.plan.baseline, job)
            sentence = f"{sentence_of(job, job)[:-1]}; it trains as soon as {' and '.join(easier)}."
            return Counterexample(shown, easier, sentence=sentence)
        if len(found.runs) == 1 and replace(job, repeat=0) == plain:
            # That it was run once more makes no difference to a rule that looks at this run alone.
            plain = job
        compared = isinstance(found.violation, ResultDiffers) or found.violation.run is None
        if compared and len(found.runs) > 1 and len(shown) > 1 and job.fault is None and job != plain:
            beside = shown[1].job
            sentence = sentence_of(job, beside, plain)
            return Counterexample(shown, told_differences(job, beside), sentence=sentence)
        told = told_differences(job, plain)
        return Counterexample(shown, told, sentence=sentence_of(job, plain))
    told = told_differences(job, smallest.neighbour, only=smallest.names)
    sentence = sentence_of(job, smallest.neighbour, evidence.drawn_baseline, only=smallest.names)
    spent = len([probe for probe in smallest.probes if probe not in evidence.plan.jobs])
    return Counterexample(shown, told, spent, smallest.minimal, sentence)


def _shown(found: Explained, evidence: Evidence) -> tuple[Run, ...]:
    """Return the run that breaks the rule and, beside it, one that does not, where there is one."""
    unique = list(dict.fromkeys(found.runs))
    if found.violation.run in unique and found.smallest is None:
        unique.remove(found.violation.run)
        unique.insert(0, found.violation.run)
    if len(unique) > 2 and unique[0].job.fault is None:
        unique = unique[:2]
    nearest = evidence.plan.baseline if found.smallest is None else found.smallest.neighbour
    kept = evidence.result(nearest)
    if len(unique) == 1 and isinstance(kept, Run) and kept.trains and unique[0] != kept:
        unique.append(kept)
    return tuple(unique)
