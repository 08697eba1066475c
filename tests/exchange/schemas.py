"""The schemas of the standards, where they were fetched (`tools/schemas.sh`)."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

FOLDER = Path(__file__).resolve().parents[2] / "build" / "judges" / "schemas"


@cache
def schema(name: str) -> Any:
    """Return a schema, or skip the test and say loudly what was not checked."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"NOT CROSS-CHECKED: {name} is missing; run “make setup-dev”")
    return etree.XMLSchema(etree.parse(str(path)))
