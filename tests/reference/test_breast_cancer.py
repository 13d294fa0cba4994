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
from sklearn.model_selection import train_test_split

from .tables import as_csv, as_parquet
from .training_job import TRAIN, Engine

LABELS = ["malignant", "benign"]


def breast_cancer() -> tuple[pa.Table, pa.Table]:
    """Rows to train on, and rows held out."""
    data = load_breast_cancer()
    table = pa.table(
        [*data.data.T, pa.array(np.array(LABELS)[data.target])],
        names=[*(name.replace(" ", "_") for name in data.feature_names), "diagnosis"],
    )
    train, held_out = train_test_split(np.arange(len(table)), test_size=0.25, random_state=0, stratify=data.target)
    return table.take(train), table.take(held_out)


def manifest(table: pa.Table) -> str:
    """The reference's algorithm.toml for this table."""
    doubles = [f'[[channels.train.columns]]\nname = "{name}"\ntype = "double"' for name in table.column_names[:-1]]
    return "\n".join(
        [
            'schema_version = 1\n[algorithm]\nname = "breast-cancer"',
            "[channels.train]",
            *doubles,
            f'[[channels.train.columns]]\nname = "diagnosis"\ntype = "string"\nvalues = {LABELS}',
            '[hyperparameters.epochs]\ntype = "integer"\ntested = [1, 30]\ndefault = 30',
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
        "algorithm.toml": manifest(breast_cancer()[0]),
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


@pytest.mark.parametrize(("file_format", "encode"), [("csv", as_csv), ("parquet", as_parquet)])
def test_held_out_accuracy(cancer_engine: Engine, file_format: str, encode: Callable[[pa.Table], bytes]) -> None:
    train, held_out = breast_cancer()
    trained = cancer_engine.run({f"{TRAIN}/part": encode(train)}, environment={"FILE_FORMAT": file_format})
    assert trained.exit_code == 0, trained.log

    predicted = cancer_engine.run(
        {"model/model.pt": trained.model, "held-out/part": encode(held_out.drop_columns(["diagnosis"]))},
        entrypoint=["python", "/opt/ml/code/predict.py"],
        command=["/opt/ml/model", "/opt/ml/held-out", file_format],
    )
    assert predicted.exit_code == 0, predicted.log
    header, *predictions = predicted.stdout.split()
    assert header == "prediction"
    hits = [a == b for a, b in zip(predictions, held_out["diagnosis"].to_pylist(), strict=True)]
    accuracy = sum(hits) / len(hits)
    assert accuracy >= 0.95, f"{accuracy:.3f} of {len(hits)} held-out rows"
