"""The pages that people read, and what may be found in them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
        *DOCS.rglob("*.md"),
    ]
)
"""Every page of text, generated ones included."""

_FENCE = re.compile(r"^```[a-z]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")


def name_of(page: Path) -> str:
    """The page's name in a test's id."""
    return page.relative_to(ROOT).as_posix()


def code_lines(text: str) -> list[str]:
    """Every line of a code block, fenced or indented, and every code span outside of them."""
    blocks = _FENCE.findall(text)
    rest = _FENCE.sub("", text)
    indented = [line.strip() for line in rest.splitlines() if line.startswith("    ")]
    prose = "\n".join(line for line in rest.splitlines() if not line.startswith("    "))
    return (
        [line.strip() for block in blocks for line in block.splitlines()]
        + indented
        + _SPAN.findall(prose)
    )


def spans(text: str) -> list[str]:
    """Every code span outside of code blocks."""
    return _SPAN.findall(_FENCE.sub("", text))
