"""Build the images of the trainees, each once: the tag is made of what the image is made of."""

import fcntl
import hashlib
import io
import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import docker
import docker.errors

from .mutants import MUTANTS
from .packages import PANDAS, PYARROW, TOOLKIT, WHEELS, Files, pandas_files, pyarrow_files, toolkit_files

HERE = Path(__file__).parent
LABEL = "training-container-conformance.trainee"
DEFAULT_BASE = "training-container-conformance/base:py311"
REFERENCE = "training-container-conformance/reference:latest"
TORCH_STYLES = ("shuffles", "splits", "drops", "refuses", "pandas")
CONFORMING = (
    "small",
    "static",
    "shell",
    "perl",
    "typed",
    "channels",
    "hosts",
    "frames",
    "coarse",
    *(f"torch-{style}" for style in TORCH_STYLES),
)
"""The trainees that keep every rule."""


@dataclass(frozen=True)
class Recipe:
    """What an image is built of."""

    dockerfile: str
    ingredients: str
    """A digest of all that is not in the Dockerfile."""
    files: Callable[[], Files]
    base: str = ""


def image_for(client: docker.DockerClient, name: str) -> str:
    """The tag of a trainee's image, which is built first if the engine does not have it, by one process at a time.

    Args:
        client: The engine.
        name: One of CONFORMING, `toolkit`, or a key of MUTANTS.

    Raises:
        KeyError: There is no such trainee.
        RuntimeError: The base image, the wheel of pyarrow or a C compiler is missing; the message says what to do.
        docker.errors.BuildError: The engine could not build it.
    """
    with _one_at_a_time():
        return _image_for(client, name)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    # Most images are made of others, which are to be built once.
    WHEELS.parent.mkdir(exist_ok=True)
    with (WHEELS.parent / "building").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _image_for(client: docker.DockerClient, name: str) -> str:
    if (mutant := MUTANTS.get(name)) and mutant.architecture:
        return _foreign(client, name, mutant.architecture, mutant.foreign_binary)
    if mutant and mutant.reference:
        client.images.get(_built(client, name, _recipe(client, name))).tag(mutant.reference)
        return mutant.reference
    return _built(client, name, _recipe(client, name))


def _recipe(client: docker.DockerClient, name: str) -> Recipe:
    if name == "small":
        return _of_folder(name, _python(client))
    if name == "static":
        source = (HERE / "static" / "train.c").read_bytes()
        files = {"algorithm.toml": ((HERE / "static" / "algorithm.toml").read_bytes(), 0o644)}
        dockerfile = (HERE / "static" / "Dockerfile").read_text()
        ingredients = _digest({**files, "train.c": (source, 0o644)})
        return Recipe(dockerfile, ingredients, lambda: {**files, "train": (_compiled(), 0o755)})
    if name in ("shell", "perl", "coarse"):
        return _of_folder(name, _base(client))
    if name in ("torch", "frames"):
        return _of_folder(name, _torch(client))
    if name.startswith("torch-"):
        return Recipe(f"FROM {_image_for(client, 'torch')}\nENV STYLE={name.removeprefix('torch-')}\n", "", dict)
    if name == "toolkit":
        recipe = _of_folder(name, _image_for(client, "small"))
        return replace(
            recipe, ingredients=f"{recipe.ingredients} {TOOLKIT}", files=lambda: recipe.files() | toolkit_files()
        )
    if name in ("typed", "channels", "hosts"):
        return _of_folder(name, _image_for(client, "small"))
    mutant = MUTANTS[name]
    lines = mutant.dockerfile or f"ENV TRAINEE_BREAKS={name}"
    return Recipe(f"FROM {_image_for(client, mutant.of)}\n{lines}\n", "", dict)


def _of_folder(name: str, base: str) -> Recipe:
    paths = sorted(path for path in (HERE / name).iterdir() if path.is_file() and path.name != "Dockerfile")
    files = {path.name: (path.read_bytes(), 0o755 if path.stat().st_mode & 0o100 else 0o644) for path in paths}
    return Recipe((HERE / name / "Dockerfile").read_text(), f"{base} {_digest(files)}", lambda: files, base=base)


def _digest(files: Files) -> str:
    lines = [f"{path} {mode:o} {hashlib.sha256(content).hexdigest()}" for path, (content, mode) in files.items()]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _tag(name: str, *ingredients: str) -> str:
    digest = hashlib.sha256("\n".join(ingredients).encode()).hexdigest()
    return f"training-container-conformance/trainee-{name}:{digest[:16]}"


def _built(client: docker.DockerClient, name: str, recipe: Recipe) -> str:
    tag = _tag(name, recipe.ingredients, recipe.dockerfile)
    try:
        client.images.get(tag)
    except docker.errors.ImageNotFound:
        # On disk, as the wheel of pyarrow unpacks to 100 MB.
        with tempfile.TemporaryFile() as context:
            _write_archive(context, {**recipe.files(), "Dockerfile": (recipe.dockerfile.encode(), 0o644)})
            context.seek(0)
            client.images.build(
                fileobj=context,
                custom_context=True,
                tag=tag,
                labels={LABEL: name},
                buildargs={"BASE": recipe.base} if recipe.base else {},
                network_mode="none",
                use_config_proxy=False,
                rm=True,
                forcerm=True,
            )
    return tag


def _write_archive(to: IO[bytes], files: Files) -> None:
    with tarfile.open(fileobj=to, mode="w") as archive:
        for path, (content, mode) in sorted(files.items()):
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(content), mode
            archive.addfile(member, io.BytesIO(content))


def _base(client: docker.DockerClient) -> str:
    """The configured base image; by its content, so that a new base under the old tag makes new trainees."""
    base = os.environ.get("TRAINEE_BASE", DEFAULT_BASE)
    try:
        image = client.images.get(base)
    except docker.errors.ImageNotFound:
        raise RuntimeError(
            f"the base image {base} is missing: run `make base`, or name one with Python 3.11 in TRAINEE_BASE"
        ) from None
    return _built(client, "base", Recipe(f"FROM {base}\n", str(image.id), dict))


def _python(client: docker.DockerClient) -> str:
    """An image with what reads Parquet, common to `small` and its mutants."""
    dockerfile = f'FROM {_base(client)}\nCOPY lib /opt/lib\nRUN ["python", "-m", "compileall", "-q", "/opt/lib"]\n'
    return _built(client, "python", Recipe(dockerfile, f"pyarrow {PYARROW}", pyarrow_files))


def _torch(client: docker.DockerClient) -> str:
    """The reference image, which has PyTorch and pyarrow, with pandas."""
    try:
        image = client.images.get(REFERENCE)
    except docker.errors.ImageNotFound:
        raise RuntimeError(f"the image {REFERENCE} is missing: run `make reference`") from None
    compiled = "rm -r /opt/ml/code && python -m compileall -q /opt/packages/pandas"
    dockerfile = f"FROM {REFERENCE}\nCOPY lib /opt/packages\nRUN {compiled}\n"
    return _built(client, "pandas", Recipe(dockerfile, f"{image.id} {PANDAS}", pandas_files))


def _compiled() -> bytes:
    """The static binary; needs a C compiler for Linux on x86-64."""
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder) / "train"
        command = ["cc", "-static", "-O2", "-s", "-o", str(binary), str(HERE / "static" / "train.c")]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise RuntimeError("the trainee `static` needs a C compiler: install cc, such as gcc") from None
        if done.returncode:
            raise RuntimeError(f"cc cannot compile tests/trainees/static/train.c:\n{done.stderr}")
        content = binary.read_bytes()
    if content[:4] != b"\x7fELF" or content[18:20] != b"\x3e\x00":
        raise RuntimeError("the trainee `static` needs a compiler for Linux on x86-64; this cc makes something else")
    return content


def _foreign(client: docker.DockerClient, name: str, architecture: str, foreign_binary: bool) -> str:
    """`static` under another architecture: loaded, as the builder looks for a base of that architecture in vain."""
    recipe = _recipe(client, "static")
    tag = _tag(name, recipe.ingredients, architecture, str(foreign_binary))
    try:
        client.images.get(tag)
    except docker.errors.ImageNotFound:
        files = recipe.files()
        binary, mode = files["train"]
        if foreign_binary:
            # e_machine of the ELF header: 183 is AArch64.
            binary = binary[:18] + b"\xb7\x00" + binary[20:]
        layer = io.BytesIO()
        _write_archive(layer, {"train": (binary, mode), "opt/ml/code/algorithm.toml": files["algorithm.toml"]})
        config = {
            "architecture": architecture,
            "os": "linux",
            "config": {"Entrypoint": ["/train"], "Labels": {LABEL: name}},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer.getvalue()).hexdigest()}"]},
        }
        index = [{"Config": "config.json", "RepoTags": [tag], "Layers": ["layer.tar"]}]
        documents = {"config.json": config, "manifest.json": index}
        archive = io.BytesIO()
        _write_archive(
            archive,
            {path: (json.dumps(document).encode(), 0o644) for path, document in documents.items()}
            | {"layer.tar": (layer.getvalue(), 0o644)},
        )
        client.images.load(archive.getvalue())
    return tag
