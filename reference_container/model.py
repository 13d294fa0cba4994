"""The model: a multilayer perceptron, with all that is needed to predict from a table of the same columns."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from algorithm import Column
from failure import JobFailedError, short
from features import Scale, class_numbers, classes_of, features, numbers

MODEL_FILE = "model.pt"

# One thread: sums have one order, so the same job gives the same bytes.
torch.set_num_threads(1)


@dataclass(frozen=True)
class Model:
    """A network, and how tables become its inputs and its outputs become predictions.

    `classes` is None for regression: then a prediction is the output, unscaled, times 2 to the `exponent`.
    """

    network: Any
    inputs: tuple[Column, ...]
    scale: Scale
    classes: tuple[Any, ...] | None
    target_scale: Scale
    exponent: int

    def predict(self, table: pa.Table) -> list[Any]:
        """The predicted class or number of each row of `table`, which need not have the target."""
        with torch.no_grad():
            output = self.network(torch.from_numpy(self.scale.apply(features(table, self.inputs)))).double().numpy()
        if self.classes is not None:
            return [self.classes[index] for index in output.argmax(axis=1)]
        unscaled = output[:, 0] * self.target_scale.deviation[0] + self.target_scale.mean[0]
        return list(np.ldexp(unscaled, self.exponent).tolist())


@dataclass(frozen=True)
class Examples:
    """Scaled inputs (rows x features) and targets (class numbers, or scaled numbers in rows x 1)."""

    inputs: torch.Tensor
    targets: torch.Tensor


def prepare(
    table: pa.Table, columns: Sequence[Column], target: Column, *, classify: bool, hidden: int, seed: int
) -> tuple[Model, Examples]:
    """An untrained model that fits `table`, and the examples to train it on.

    Rows without a target are left out. The others get an order of their own, so that the model does not
    depend on how the platform cut and ordered the table.
    """
    inputs = tuple(column for column in columns if column.name != target.name)
    matrix, answers = features(table, inputs), table[target.name].combine_chunks()
    classes = classes_of(answers, target) if classify else None
    exponent, target_scale = 0, Scale((0.0,), (1.0,))
    if classes is not None:
        values = class_numbers(answers, classes).astype(np.float64)
        known = values >= 0
        if (~known).sum() > answers.null_count:
            raise JobFailedError(f"target {short(target.name)}: cells with none of the values in algorithm.toml")
    else:
        values = numbers(answers)
        known = ~np.isnan(values)
    if not known.any():
        raise JobFailedError(f"target {short(target.name)}: no row has a value")
    matrix, values = matrix[known], values[known]
    order = np.lexsort((*matrix.T, values))
    matrix, values = matrix[order], values[order]

    scale = Scale.of(matrix)
    if classes is None:
        exponent = int(np.frexp(np.abs(values).max())[1])
        shrunk = np.ldexp(values, -exponent)[:, None]
        target_scale = Scale.of(shrunk)
        targets = torch.from_numpy(target_scale.apply(shrunk))
    else:
        targets = torch.from_numpy(values.astype(np.int64))
    torch.manual_seed(seed)
    network = build(matrix.shape[1], hidden, 1 if classes is None else len(classes))
    shown = (
        None if classes is None else tuple(c if isinstance(c, bool | int | float | str) else str(c) for c in classes)
    )
    model = Model(network, inputs, scale, shown, target_scale, exponent)
    return model, Examples(torch.from_numpy(scale.apply(matrix)), targets)


def build(inputs: int, hidden: int, outputs: int) -> Any:
    """The network, untrained."""
    return torch.nn.Sequential(
        torch.nn.Linear(inputs, hidden),
        torch.nn.ReLU(),
        torch.nn.Linear(hidden, outputs),
    )


def train(
    model: Model, examples: Examples, *, epochs: int, batch_size: int, learning_rate: float, stop: Callable[[], bool]
) -> Iterator[float]:
    """Train in place; yields the loss over all examples after each epoch. Ends early once `stop()` is true."""
    loss_of = torch.nn.functional.mse_loss if model.classes is None else torch.nn.functional.cross_entropy
    step = adam(list(model.network.parameters()), learning_rate)
    for _ in range(epochs):
        for batch in torch.randperm(len(examples.inputs)).split(batch_size):
            if stop():
                return
            loss = loss_of(model.network(examples.inputs[batch]), examples.targets[batch])
            loss.backward()
            step()
        with torch.no_grad():
            yield float(loss_of(model.network(examples.inputs), examples.targets))


def adam(parameters: Sequence[torch.Tensor], learning_rate: float) -> Callable[[], None]:
    """A step of Adam (Kingma and Ba, 2015). That of torch.optim loads a compiler first, for more than a second."""
    means = [torch.zeros_like(parameter) for parameter in parameters]
    squares = [torch.zeros_like(parameter) for parameter in parameters]
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        with torch.no_grad():
            for parameter, mean, square in zip(parameters, means, squares, strict=True):
                mean.lerp_(parameter.grad, 0.1)
                square.lerp_(parameter.grad**2, 0.001)
                deviation = (square / (1 - 0.999**steps)).sqrt() + 1e-8
                parameter -= learning_rate / (1 - 0.9**steps) * mean / deviation
                parameter.grad = None

    return step


def save(model: Model, directory: Path) -> Path:
    """Write the model as a whole or not at all: a full disk must not leave half a file under its name."""
    content = io.BytesIO()
    plain = {
        "network": model.network.state_dict(),
        "inputs": [asdict(column) for column in model.inputs],
        "scale": asdict(model.scale),
        "classes": model.classes,
        "target_scale": asdict(model.target_scale),
        "exponent": model.exponent,
    }
    torch.save(plain, content)
    path = directory / MODEL_FILE
    write_whole(path, content.getvalue())
    return path


def load(path: Path) -> Model:
    """Read what `save` wrote. No code in the file is run."""
    content = torch.load(path, weights_only=True)
    weights = content["network"]
    hidden, inputs = weights["0.weight"].shape
    network = build(inputs, hidden, len(weights["2.bias"]))
    network.load_state_dict(weights)
    return Model(
        network=network,
        inputs=tuple(Column(**{**column, "values": tuple(column["values"])}) for column in content["inputs"]),
        scale=Scale(**content["scale"]),
        classes=content["classes"],
        target_scale=Scale(**content["target_scale"]),
        exponent=content["exponent"],
    )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file by way of a temporary neighbour, which is removed if that fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.partial")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None  # a full disk comes without the path
