"""docs/manifest.md tells every key that a manifest can have, with the default that it has."""

import json
import re
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from conformance.manifest.model import (
    Algorithm,
    Channel,
    Column,
    Container,
    Hyperparameter,
    Interrupt,
    Limits,
    Manifest,
    Metric,
)
from conformance.manifest.table import Table

DOCUMENT = Path(__file__).parents[2] / "docs" / "manifest.md"
TABLES: dict[str, type[Table]] = {
    "Top level": Manifest,
    "[algorithm]": Algorithm,
    "[container]": Container,
    "[[container.metrics]]": Metric,
    "[channels.NAME]": Channel,
    "[[channels.NAME.columns]]": Column,
    "[hyperparameters.NAME]": Hyperparameter,
    "[interrupt]": Interrupt,
    "[limits]": Limits,
}
_ROW = re.compile(r"^\| `(\w+)` \| (.*?) \|", re.MULTILINE)


def documented() -> dict[str, dict[str, str]]:
    """The defaults as they are told, by section and key."""
    _, *sections = DOCUMENT.read_text().split("\n## ")
    return {section.partition("\n")[0]: dict(_ROW.findall(section)) for section in sections}


def told(field: FieldInfo) -> str:
    """The default of a key, as the document tells it."""
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, Table):
        return "all defaults"
    if default == {}:
        return "none"
    return "–" if default is None else f"`{json.dumps(default)}`"


@pytest.mark.parametrize("section", TABLES)
def test_all_keys_and_defaults_are_told(section: str) -> None:
    fields = TABLES[section].model_fields
    assert documented()[section] == {field.alias or name: told(field) for name, field in fields.items()}


def test_no_other_section_tells_keys() -> None:
    assert {section for section, keys in documented().items() if keys} == set(TABLES)
