"""What trainees need that others wrote: packages for CPython 3.11, downloaded once."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

WHEELS = Path(__file__).parents[2] / ".cache" / "wheels"
PYARROW = "26.0.1"
PANDAS = (("pandas", "3.0.6"), ("python-dateutil", "2.9.0.post0"), ("six", "1.17.0"))
SAGEMAKER_TRAINING = "5.1.4"
TOOLKIT = (
    ("bcrypt", "5.0.0"),
    ("boto3", "1.44.5"),
    ("botocore", "1.44.5"),
    ("cffi", "2.1.1"),
    ("cryptography", "50.0.2"),
    ("inotify-simple", "2.0.1"),
    ("invoke", "3.0.3"),
    ("jmespath", "1.1.0"),
    ("numpy", "2.4.6"),
    ("paramiko", "5.1.0"),
    ("protobuf", "7.36.2"),
    ("psutil", "7.2.2"),
    ("pycparser", "3.12"),
    ("pynacl", "1.6.2"),
    ("python-dateutil", "2.9.0.post0"),
    ("retrying", "1.4.2"),
    ("s3transfer", "0.19.3"),
    ("scipy", "1.17.1"),
    ("six", "1.17.0"),
    ("urllib3", "2.8.0"),
)
"""What sagemaker-training imports when it runs one program on one host."""

Files = dict[str, tuple[bytes, int]]
"""Content and mode by path in the build context."""


def pyarrow_files() -> Files:
    """The parts of pyarrow that read Parquet; its tests, headers and clients of clouds are twice as large."""
    needed = re.compile(
        r"pyarrow/(parquet/)?\w+\.py|pyarrow/(lib|_parquet|_fs)\.cpython-311.*|"
        r"pyarrow/lib(arrow|parquet|arrow_(python|acero|compute|dataset|substrait))\.so\.[0-9]+"
    )
    with zipfile.ZipFile(_wheel("pyarrow", PYARROW)) as wheel:
        return {f"lib/{path}": (wheel.read(path), 0o644) for path in wheel.namelist() if needed.fullmatch(path)}


def pandas_files() -> Files:
    """pandas, but for what the reference image has."""
    return _of_wheels(PANDAS)


def toolkit_files() -> Files:
    """sagemaker-training and what it imports. Its one extension module, which only MPI needs, is left empty."""
    files = _of_wheels(TOOLKIT) | {"lib/gethostname.py": (b"", 0o644)}
    with tarfile.open(_downloaded("sagemaker-training", SAGEMAKER_TRAINING, "sagemaker_training-*.tar.gz")) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            content = archive.extractfile(member) if path.suffix == ".py" and "src" in path.parts else None
            if content is not None:
                files[f"lib/{PurePosixPath(*path.parts[2:])}"] = (content.read(), 0o644)
    return files


def _of_wheels(packages: tuple[tuple[str, str], ...]) -> Files:
    files: Files = {}
    for package, version in packages:
        with zipfile.ZipFile(_wheel(package, version)) as wheel:
            files |= {f"lib/{path}": (wheel.read(path), 0o644) for path in wheel.namelist() if not path.endswith("/")}
    return files


def _wheel(package: str, version: str) -> Path:
    platforms = (f"--platform=manylinux{tag}_x86_64" for tag in ("_2_28", "_2_27", "_2_17", "2014"))
    options = ("--only-binary=:all:", "--python-version=3.11", *platforms)
    return _downloaded(package, version, f"{package.replace('-', '_')}-{version}-*.whl", *options)


def _downloaded(package: str, version: str, pattern: str, *options: str) -> Path:
    if not any(WHEELS.glob(pattern)):
        WHEELS.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *options, f"--dest={WHEELS}"]
        done = subprocess.run([*command, f"{package}=={version}"], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"pip cannot download {package} {version} for CPython 3.11:\n{done.stderr}")
    return next(WHEELS.glob(pattern))
