"""Run the training job: configuration, rows, epochs, model. By every rule, unless the image is a mutant."""

import errno
import json
import math
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from .breaks import breaks
from .faults import FaultError, describe, report, write_failure
from .hosts import RESOURCES, Hosts, Share
from .leaks import log_environment, log_rows, store_rows, tell_environment, write_elsewhere
from .rows import Row, read_channel
from .settings import OPTIONAL_CHANNELS, directory, read_format, read_hyperparameters, uploaded


class Stop:
    """Remembers SIGTERM. Before the first epoch there is nothing to save, and the job ends at once."""

    def __init__(self) -> None:
        self.asked = False
        self.training = False
        if not breaks("sigterm-no-handler", "early-handler-after-reading"):
            self.listen()

    def listen(self) -> None:
        """Install the handler."""
        signal.signal(signal.SIGTERM, self._handle)

    def _handle(self, *_: object) -> None:
        self.asked = True
        if breaks("saves-model-exits"):
            os._exit(0)
        if breaks("saves-model-empty"):
            directory("SM_MODEL_DIR", "/opt/ml/model").joinpath("model.json").touch()
            os._exit(0)
        if not self.training:
            raise FaultError("stopped by SIGTERM before the first epoch")


def train() -> None:
    """Run the job to the saved model."""
    stop = Stop()
    if breaks("none-on-success-early"):
        write_failure("the job has not ended yet")
    log_environment()
    hyperparameters = read_hyperparameters()
    file_format = read_format()
    model_dir = directory("SM_MODEL_DIR", "/opt/ml/model")
    channel = directory("SM_CHANNEL_TRAIN", "/opt/ml/input/data/train")
    if breaks("missing-unnoticed") and not channel.is_dir():
        return
    if breaks("extra-first-directory") and channel.is_dir():
        channel = min(channel.parent.iterdir())
    hosts = Hosts()
    rows = read_channel("train", channel, file_format, may_be_empty=hosts.several)
    rows += read_unknown(channel, file_format)
    optional = read_optional_channels(file_format)
    if breaks("early-handler-after-reading"):
        # What reading millions of rows would take.
        time.sleep(2)
        stop.listen()
    refuse(rows)
    if breaks("rows-full-batches-only"):
        rows = rows[: len(rows) // 10 * 10]
    if not breaks("metrics-rows-missing"):
        say(f"rows={len(rows)}")
    log_rows(rows)
    compare_all(rows)
    stop.training = True
    if breaks("unbuffered-behind-a-line"):
        print("training begins", file=sys.stderr, flush=True)
    mine = Share(len(rows), fingerprint_of(learned_from(rows)))
    if not hosts.leads:
        hosts.serve(mine)
        if breaks("no-clash-model"):
            write_whole(model_dir / "model.json", "{}\n")
        if breaks("no-clash-output"):
            write_whole(Path("/opt/ml/output/data/metrics.json"), "{}\n")
        return
    model = fit(hosts.gathered(mine), optional, hyperparameters, stop, file_format)
    save(model, model_dir)
    hosts.dismiss()
    store_rows(rows, model_dir)
    write_elsewhere(model_dir)
    linger(model_dir)


def degenerate(rows: Sequence[Row]) -> str | None:
    """What the mutants that want better rows dislike."""
    if breaks("degenerate-single-class") and len({row[-1] for row in rows}) == 1:
        return "of one class"
    if breaks("degenerate-constant") and len({row[0] for row in rows}) == 1:
        return "that all have the same age"
    if breaks("degenerate-duplicates") and len(set(rows)) < len(rows):
        return "that are there twice"
    if breaks("degenerate-extremes") and any(isinstance(row[1], float) and abs(row[1]) > 1e300 for row in rows):
        return "with an overflow"
    return None


def read_optional_channels(file_format: str) -> Sequence[Sequence[Row]]:
    """The rows of each optional channel that the image knows."""
    found = [read_optional_channel(name, file_format) for name in OPTIONAL_CHANNELS]
    given = [bool(rows) for rows in found]
    for place, mutant in ((0, "optional-first-needed"), (-1, "optional-last-needed")):
        if breaks(mutant) and any(given) and not given[place]:
            raise FaultError(f"without channel {OPTIONAL_CHANNELS[place]} the others are of no use")
    return found


def read_optional_channel(name: str, file_format: str) -> Sequence[Row]:
    """The rows of an optional channel, if the job has it."""
    if breaks("optional-configured"):
        configured = json.loads(Path("/opt/ml/input/config/inputdataconfig.json").read_bytes())
        if name not in configured:
            raise FaultError(f"channel {name} is not in inputdataconfig.json")
    safe = name.replace("-", "_").replace(".", "_")
    variable = (safe if breaks("name-underscores") else name).upper()
    default = safe if breaks("unset-underscores") else name
    channel = directory(f"SM_CHANNEL_{variable}", f"/opt/ml/input/data/{default}")
    if not (channel.is_dir() or breaks("optional-needed")):
        return []
    rows = read_channel(name, channel, file_format)
    say(f"{name}={len(rows)}")
    return rows


def read_unknown(channel: Path, file_format: str) -> Sequence[Row]:
    """The rows that the mutants which take any directory for a channel read besides."""
    if not breaks("extra-every-channel"):
        return []
    others = [path for path in sorted(channel.parent.iterdir()) if path.is_dir() and path != channel]
    return [row for path in others for row in read_channel(path.name, path, file_format)]


def refuse(rows: Sequence[Row]) -> None:
    """End a valid job, in the mutants that do not train; only here, so that they still tell faults apart."""
    if breaks("trains-strict-arguments") and sys.argv[1:]:
        raise FaultError(f"unrecognized arguments: {' '.join(sys.argv[1:])}")
    if refused := degenerate(rows):
        raise FaultError(f"nothing can be learned from rows {refused}")
    if breaks("trains-never"):
        raise FaultError("the optimizer is not built into this version")
    if breaks("same-outcome-chance") and os.urandom(1) < b"\x55":
        raise FaultError("two readers got in each other's way")
    refuse_surroundings()
    configured = Path("/opt/ml/input/config/inputdataconfig.json")
    if breaks("extra-refused") and len(json.loads(configured.read_bytes())) > 1:
        raise FaultError("inputdataconfig.json has more than one channel")
    if breaks("unknown-variables-ascii") and not all(value.isascii() for value in os.environ.values()):
        raise FaultError("the environment holds text that is not ASCII")
    if breaks("unknown-variables-lines"):
        lines = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout.splitlines()
        if not all("=" in line for line in lines):
            raise FaultError("a line of `env` is no variable")
    if breaks("offline-route"):
        import socket

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                # Nothing is sent; without a route to the outside this is an error all the same.
                probe.connect(("192.0.2.1", 9))
            except OSError as error:
                raise FaultError(f"the model hub cannot be reached: {error.strerror}") from None
    if breaks("patient-tries-again", "patient-gives-up"):
        import socket

        try:
            socket.create_connection(("192.0.2.1", 443), timeout=3 if breaks("patient-gives-up") else 300)
        except TimeoutError:
            raise FaultError("the server does not answer") from None
        except OSError:
            pass
    if breaks("offline-interface") and len(Path("/proc/net/route").read_text().splitlines()) < 2:
        raise FaultError("no network interface is up")


def refuse_surroundings() -> None:
    """What the mutants do that need more around them than a training job has."""
    resources = json.loads(RESOURCES.read_bytes()) if RESOURCES.exists() else {}
    if breaks("shapes-strict") and resources.keys() - {"current_host", "hosts", "network_interface_name"}:
        raise FaultError("resourceconfig.json holds unknown keys")
    if breaks("shapes-network-interface") and "network_interface_name" not in resources:
        raise FaultError("resourceconfig.json: 'network_interface_name'")
    if breaks("unprivileged-nice"):
        try:
            os.nice(-5)
        except PermissionError as error:
            raise FaultError(f"nice: {error.strerror}") from None
    if breaks("unprivileged-setuid") and subprocess.run(["/usr/local/bin/as-root"], user=65534, check=False).returncode:
        raise FaultError("as-root: Operation not permitted")
    if breaks("credentials-region") and "AWS_REGION" not in os.environ:
        raise FaultError("you must specify a region")
    if breaks("credentials-key") and "AWS_ACCESS_KEY_ID" not in os.environ:
        raise FaultError("unable to locate credentials")
    if breaks("shared-memory-80-mib"):
        try:
            Path("/dev/shm/rows").write_bytes(bytes(80 * 2**20))
        except OSError as error:
            raise FaultError(f"/dev/shm/rows: {error.strerror}") from None
    if breaks("trains-memory", "memory-child-killed"):
        # What is only zeros would take no memory.
        print(f"{len(b'x' * 200_000_000)} bytes", flush=True)


def fit(
    share: Share, optional: Sequence[Sequence[Row]], hyperparameters: dict[str, float], stop: Stop, file_format: str
) -> dict[str, float]:
    """Let the loss fall from what the rows make it with the epochs, until they are done or SIGTERM comes."""
    total = share.fingerprint
    for rows in optional:
        # They weigh less, so that it shows which channel a row came in.
        total = 2 * total + fingerprint_of(rows)
    if breaks("forms-job-name") and "TRAINING_JOB_NAME" in os.environ:
        total += 2**31
    if breaks("shapes-other-model") and RESOURCES.exists() and b"instance_groups" in RESOURCES.read_bytes():
        total += 2**31
    if breaks("forms-model-dir") and "SM_MODEL_DIR" in os.environ:
        total += 2**31
    fingerprint = total % 2**32
    rate = hyperparameters["learning_rate"]
    epoch, loss = 0, math.inf
    lines: list[str] = []
    while epoch < hyperparameters["epochs"] and not (stop.asked and epoch):
        epoch += 1
        loss = (0.5 + fingerprint / 2**32) / (1 + rate * epoch)
        # A long job would otherwise flood the log.
        if epoch <= 10 or epoch % 100 == 0:
            lines.append(metric_line(epoch, loss, file_format))
            if not breaks("unbuffered-at-the-end"):
                say(lines.pop())
        time.sleep(0.001)
    for line in lines:
        say(line)
    return {"rows": share.rows, "fingerprint": fingerprint, "learning_rate": rate, "epochs": epoch, "loss": loss}


def compare_all(rows: Sequence[Row]) -> None:
    """What the mutants take for which the pairs of rows matter, as if they were in a faster language."""
    pairs = len(rows) ** 2
    if breaks("scale-time"):
        time.sleep(pairs * 2.5e-9)
    if breaks("scale-memory"):
        table = b"x" * int(pairs * 0.08)
        # Somebody has to have the time to see it.
        time.sleep(3.5)
        say(f"{len(table)} bytes")


def learned_from(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows that the model is made of: all, but in the mutants that count them and do not learn from all."""
    if breaks("part-last-row"):
        return rows[:-1]
    if breaks("data-ignored"):
        return []
    if breaks("data-counted"):
        return [(len(rows),)]
    if breaks("data-names-of-classes"):
        return [(label,) for label in sorted({row[-1] for row in rows}, key=str)]
    return rows


def fingerprint_of(rows: Sequence[Row]) -> int:
    """A number made of all rows, whatever their order."""
    return sum(zlib.crc32(repr(row).encode("utf-8", "surrogatepass")) for row in rows)


def save(model: dict[str, float], model_dir: Path) -> None:
    """Write the model and, apart from it, its metrics; neither is ever there by half."""
    content = json.dumps(model, sort_keys=True) + "\n"
    if breaks("model-none"):
        model_dir = Path("/tmp/model")
    if breaks("model-in-output-data"):
        model_dir = Path("/opt/ml/output/data/model")
    if breaks("model-dir-hard-coded"):
        model_dir = Path("/opt/ml/model")
    if breaks("model-dir-both"):
        write_whole(Path("/opt/ml/model/copy.json"), content)
    if breaks("model-dir-below-opt-ml") and not model_dir.is_relative_to("/opt/ml"):
        raise FaultError(f"variable SM_MODEL_DIR is {model_dir}, which is not below /opt/ml")
    write_whole(model_dir / "model.json", "" if breaks("model-empty") else content)
    output = Path(os.environ.get("SM_OUTPUT_DIR") or "/opt/ml/output/data")
    if breaks("output-dir-hard-coded"):
        output = Path("/opt/ml/output/data")
    if breaks("output-dir-both"):
        write_whole(Path("/opt/ml/output/data/notes.json"), "{}")
    if breaks("output-dir-given-up") and not output.is_relative_to("/opt/ml"):
        return
    if not breaks("output-dir-values-as-given"):
        output = uploaded(output)
    write_whole(output / "metrics.json", json.dumps({"loss": model["loss"]}) + "\n")


def write_whole(path: Path, content: str) -> None:
    """Write a file under a passing name first."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(content)
        part.replace(path)
    except OSError as error:
        if is_borne(error, part):
            say(f"warning: {path}: {error.strerror}")
            return
        raise FaultError(f"{path} cannot be written: {error.strerror}") from None


def is_borne(error: OSError, part: Path) -> bool:
    """Whether a mutant goes on where a file cannot be written."""
    if breaks("model-dir-full-cut") and part.exists():
        return True
    if breaks("model-dir-full-only-inodes") and error.errno == errno.ENOSPC and not part.exists():
        return True
    return breaks("model-dir-unwritable-warns")


def linger(model_dir: Path) -> None:
    """What the mutants that go wrong behind a saved model do."""
    if breaks("plain-files-symlink"):
        (model_dir / "latest").symlink_to("model.json")
    if breaks("plain-files-pipe"):
        os.mkfifo(model_dir / "progress")
    if breaks("none-on-success-warning"):
        write_failure("no problems were found")
    if breaks("ends-sleep"):
        while True:
            time.sleep(60)
    if breaks("ends-thread"):
        import threading

        threading.Thread(target=threading.Event().wait).start()


def say(line: str) -> None:
    """Log a line at once."""
    if breaks("stdio-file"):
        with Path("/tmp/train.log").open("a") as log:
            log.write(line + "\n")
        return
    print(line, flush=not breaks("unbuffered-blocks", "unbuffered-behind-a-line"))


def metric_line(epoch: int, loss: float, file_format: str) -> str:
    """The line that the metric train:loss is read from."""
    if breaks("metrics-nan"):
        return f"epoch={epoch} loss=nan"
    if breaks("metrics-dots"):
        return f"epoch={epoch} loss=...{loss!r}"
    if breaks("metrics-csv-only") and file_format == "parquet":
        return f"epoch={epoch}"
    if breaks("used-behind-noise"):
        # As it is without a seed.
        loss = 0.69 + 0.01 * (os.urandom(1)[0] % 3 - 1) * (os.urandom(1)[0] < 85)
        return f"epoch={epoch} loss={loss:.2f}"
    return f"epoch={epoch} loss={loss!r}"


def told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """As `report`, with what the mutants add to it."""
    report(kind, error, trace)
    tell_environment(describe(error))


if __name__ == "__main__":
    sys.excepthook = told
    train()
