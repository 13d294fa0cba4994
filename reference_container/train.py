"""The entry point of the training container: from a training job to a model, or to a failure that says why.

Only the standard library is imported at the top, and the rest where it is used: then a broken installation
also ends in a failure file, a wrong configuration ends before PyTorch is loaded, and SIGTERM is answered from
the first moment on. As process 1 of a container, Python would ignore it.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from failure import describe, report, stack_of


class Stop:
    """Answers SIGTERM, by which the platform stops a job; SIGKILL follows after 120 seconds.

    While a model is in training it is noted, and training ends and saves; before, the process ends.
    """

    def __init__(self) -> None:
        self.requested = False
        self.can_save = False

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        """The signal handler."""
        if self.can_save:
            self.requested = True
            return
        report("stopped by a signal before training began: there is no model")
        os._exit(128 + number)


def main(arguments: list[str], stop: Stop) -> None:
    """Run one training job."""
    import json

    from algorithm import load_algorithm
    from job import describe_job

    algorithm = load_algorithm()
    job = describe_job(algorithm, os.environ, arguments)
    given = job.hyperparameters

    from features import is_classification, target_column
    from table import part_files, read_table

    channel = algorithm.channel
    target = target_column(channel.columns, given.get("target"))
    classify = is_classification(target, given.get("task", "auto"))
    parts = part_files(job.channel_dir, channel.name)
    table = read_table(parts, job.channel_dir, channel, job.file_format)
    log(f"channel={channel.name} format={job.file_format} files={len(parts)} rows={table.num_rows}")

    from model import prepare, save, train, write_whole

    model, examples = prepare(
        table, channel.columns, target, classify=classify, hidden=given["hidden_units"], seed=given["seed"]
    )
    del table
    log(f"task={'classification' if classify else 'regression'} features={examples.inputs.shape[1]}")

    stop.can_save = True
    losses: list[float] = []
    for loss in train(
        model,
        examples,
        epochs=given["epochs"],
        batch_size=given["batch_size"],
        learning_rate=given["learning_rate"],
        stop=lambda: stop.requested,
    ):
        losses.append(loss)
        epoch = len(losses)
        # Every epoch of a short job; of a long one a hundredth, which is enough for a curve.
        if epoch <= 100 or epoch % 100 == 0 or epoch == given["epochs"]:
            log(f"epoch={epoch} loss={loss:.9g}")
    if stop.requested:
        log(f"stopped by a signal after {len(losses)} epochs: saving the model")

    # The model last: where it is, the job is done.
    write_whole(job.output_dir / "metrics.json", json.dumps({"loss": losses}).encode())
    log(f"model saved: {save(model, job.model_dir)}")


def log(line: str) -> None:
    """One line to the log, at once. Never a value of the data."""
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    stop = Stop()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log("training job started")
    try:
        main(sys.argv[1:], stop)
    except BaseException as error:  # noqa: BLE001
        report(describe(error), stack_of(error))
        sys.exit(1)
