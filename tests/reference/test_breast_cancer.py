"""The reference container learns a real table: Wisconsin breast cancer, as scikit-learn ships it."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator

import docker
import numpy as np
import pyarrow as pa
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold

from .tables import as_csv, as_parquet
from .training_job import TRAIN, Engine

LABELS = ["malignant", "benign"]


def breast_cancer() -> pa.Table:
    """All 569 rows."""
    data = load_breast_cancer()
    return pa.table(
        [*data.data.T, pa.array(np.array(LABELS)[data.target])],
        names=[*(name.replace(" ", "_") for name in data.feature_names), "diagnosis"],
    )


def manifest(table: pa.Table) -> str:
    """The reference's algorithm.toml for this table."""
    doubles = [f'[[channels.train.columns]]\nname = "{name}"\ntype = "double"' for name in table.column_names[:-1]]
    return "\n".join(
        [
            'schema_version = 1\n[algorithm]\nname = "breast-cancer"',
            '[channels.train]\ncsv_header = "either"',
            *doubles,
            f'[[channels.train.columns]]\nname = "diagnosis"\ntype = "string"\nvalues = {LABELS}',
            '[hyperparameters.epochs]\ntype = "integer"\ntested = [1, 30]\ndefault = 20',
            '[hyperparameters.learning_rate]\ntype = "float"\ntested = [0.001, 0.1]\ndefault = 0.01',
            '[hyperparameters.hidden_units]\ntype = "integer"\ntested = [4, 64]\ndefault = 16',
            '[hyperparameters.batch_size]\ntype = "integer"\ntested = [16, 256]\ndefault = 64',
            '[hyperparameters.seed]\ntype = "integer"\ntested = [0, 1000]\ndefault = 0',
        ]
    )


@pytest.fixture(scope="module")
def cancer_engine(docker_client: docker.DockerClient, reference_image: str) -> Iterator[Engine]:
    """The reference image with another manifest, as an author would derive it."""
    files = {
        "Dockerfile": f"FROM {reference_image}\nCOPY algorithm.toml /opt/ml/code/algorithm.toml\n",
        "algorithm.toml": manifest(breast_cancer()),
    }
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    context.seek(0)
    image, _ = docker_client.images.build(fileobj=context, custom_context=True, rm=True)
    assert image.id
    yield Engine(docker_client, image.id)
    docker_client.images.remove(image.id)


def without_header_and_target(table: pa.Table) -> bytes:
    """The rows of a table as whoever asks for predictions may have them."""
    return as_csv(table.drop_columns(["diagnosis"])).partition(b"\n")[2]


@pytest.mark.parametrize(
    ("file_format", "encode", "encode_held_out"),
    [("csv", as_csv, without_header_and_target), ("parquet", as_parquet, as_parquet)],
)
def test_held_out_accuracy(
    cancer_engine: Engine,
    file_format: str,
    encode: Callable[[pa.Table], bytes],
    encode_held_out: Callable[[pa.Table], bytes],
) -> None:
    """Each row is held out once, in one of three parts, so that no luck with one part decides."""
    table = breast_cancer()
    labels = np.array(table["diagnosis"].to_pylist())
    hits = 0
    for train, held_out in StratifiedKFold(3, shuffle=True, random_state=0).split(labels, labels):
        predicted = predict(
            cancer_engine, file_format, encode(table.take(train)), encode_held_out(table.take(held_out))
        )
        hits += int((np.array(predicted) == labels[held_out]).sum())
    accuracy = hits / len(labels)
    print(f"{file_format}: held-out accuracy {accuracy:.3f}")
    assert accuracy >= 0.95, f"{hits} of {len(labels)} held-out rows"


def predict(engine: Engine, file_format: str, train: bytes, held_out: bytes) -> list[str]:
    """Train on some rows, and predict the diagnosis of others from the model that was saved."""
    trained = engine.run({f"{TRAIN}/part": train}, environment={"FILE_FORMAT": file_format})
    assert trained.exit_code == 0, trained.log
    predicted = engine.run(
        {"model/model.pt": trained.model, "held-out/part": held_out},
        entrypoint=["python", "/opt/ml/code/predict.py"],
        command=["/opt/ml/model", "/opt/ml/held-out", file_format],
    )
    assert predicted.exit_code == 0, predicted.log
    header, *predictions = predicted.stdout.split()
    assert header == "prediction"
    return predictions
