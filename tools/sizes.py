"""Hold modules to 400 lines and functions to 50, so that each can be read in one go."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULE = 400
FUNCTION = 50

# What may be larger, with the size it may have. This list only shrinks.
EXCEPTIONS: dict[str, int] = {}


def measured(path: Path) -> Iterator[tuple[str, int, int]]:
    """Yield the name, the lines and the limit of a module and of each function in it."""
    name = path.relative_to(ROOT).as_posix()
    text = path.read_text("utf-8")
    yield name, len(text.splitlines()), MODULE
    for node in ast.walk(ast.parse(text, name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (
                f"{name}:{node.name}",
                (node.end_lineno or node.lineno) - node.lineno + 1,
                FUNCTION,
            )


def main() -> int:
    """Name what is too large, and the exceptions that are no longer needed."""
    paths = [path for path in ROOT.glob("src/**/*.py") if "migrations" not in path.parts]
    sizes = [size for path in sorted(paths) for size in measured(path)]
    wrong = [
        f"{name} has {lines} lines; {EXCEPTIONS.get(name, limit)} is the most. Split it."
        for name, lines, limit in sizes
        if lines > EXCEPTIONS.get(name, limit)
    ]
    large = {name for name, lines, limit in sizes if lines > limit}
    wrong += [
        f"{name} is small enough now. Take it off the list in tools/sizes.py."
        for name in sorted(EXCEPTIONS.keys() - large)
    ]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
