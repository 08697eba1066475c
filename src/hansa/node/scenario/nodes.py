"""A scenario file as typed: YAML whose every value still knows its line.

YAML is read by the core schema only: what looks like a date, a time or a yes stays the text that a person wrote.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import yaml
from django.utils.dateparse import parse_datetime

from hansa.kernel.errors import Refused

LARGEST_FILE = 2 * 1024 * 1024
MOST_SHOWN = 20


class _Core(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the same reader in C where there is one
    """The tags of YAML's core schema; none of the old ones that take `19:51` for a number."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}


for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?(?:0|[1-9][0-9_]*)", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+", "-+0123456789"),
    ("null", r"~|null|", ["~", "n", ""]),
    ("merge", r"<<", "<"),
):
    _Core.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first)
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong place in a file: where, which field, what is wrong with it and what was expected."""

    file: str
    line: int
    field: str
    found: str
    expected: str

    def __str__(self) -> str:
        """Return it as one line, in the form that editors jump to."""
        return f"{self.file}:{self.line}: {self.field}: {self.found} Expected: {self.expected}."


class Wrong(Refused):
    """A scenario file does not hold. `problems` are all that were found, in the order of lines."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep every problem; the sentence lists the first twenty."""
        self.problems = sorted(problems, key=lambda problem: problem.line)
        lines = [str(problem) for problem in self.problems[:MOST_SHOWN]]
        if len(self.problems) > MOST_SHOWN:
            lines.append(f"… and {len(self.problems) - MOST_SHOWN} more.")
        super().__init__("\n".join(lines), code="scenario")


class Book:
    """A file being read, and what was found wrong in it so far."""

    def __init__(self, path: Path) -> None:
        """Parse the file; Wrong if it is not there, too large, no text or no YAML."""
        self.file = str(path)
        self.problems: list[Problem] = []
        try:
            if path.stat().st_size > LARGEST_FILE:
                self.stop(1, "file", "It is larger than 2 MB.", "a smaller file")
            self.loader = _Core(path.read_text("utf-8"))
            root = self.loader.get_single_node()
        except OSError as error:
            self.stop(0, "file", f"It cannot be read ({error.strerror}).", "a scenario file")
        except UnicodeDecodeError:
            self.stop(1, "file", "It is not UTF-8 text.", "a YAML file in UTF-8")
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            self.stop(line, "YAML", f"{error.problem or error}.", "valid YAML")
        except (yaml.YAMLError, RecursionError) as error:
            self.stop(1, "YAML", f"{error}.", "valid YAML")
        if not isinstance(root, yaml.MappingNode):
            self.stop(
                1, "file", "It holds no fields.", "scenario:, members:, officers:, facts: and acts:"
            )
        self.root = Entry(self, root, "")

    def note(self, line: int, field: str, found: str, expected: str) -> None:
        """Add a problem and read on."""
        self.problems.append(Problem(self.file, line, field, found, expected))

    def stop(self, line: int, field: str, found: str, expected: str) -> NoReturn:
        """Raise at once, with what was found before."""
        self.note(line, field, found, expected)
        raise Wrong(self.problems)

    def done(self) -> None:
        """Raise Wrong if anything was found."""
        if self.problems:
            raise Wrong(self.problems)


class Entry:
    """One block of `name: value` lines. Asking for a value notes a problem when it is missing or of another sort."""

    def __init__(self, book: Book, node: yaml.MappingNode, where: str) -> None:
        """Index the block's fields; one written twice is a problem."""
        self.book, self.where, self.line = book, where, node.start_mark.line + 1
        self.nodes: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if name in self.nodes:
                self.wrong(name, "It stands here twice.", "one value", key.start_mark.line + 1)
            self.nodes[name] = value

    def __contains__(self, name: str) -> bool:
        """Tell whether the field is there."""
        return name in self.nodes

    def line_of(self, name: str) -> int:
        """Return the line of a field's value, or of the block where the field is missing."""
        return self.nodes[name].start_mark.line + 1 if name in self.nodes else self.line

    def wrong(self, name: str, found: str, expected: str, line: int | None = None) -> None:
        """Note a problem with a field."""
        label = f"{self.where}.{name}" if self.where else name
        self.book.note(line or self.line_of(name), label, found, expected)

    def only(self, *names: str) -> None:
        """Note every field that has none of these names."""
        for name in self.nodes.keys() - set(names):
            self.wrong(name, "There is no such field here.", f"one of {', '.join(names)}")

    def plain(self, name: str) -> Any:
        """Return the field's value as plain Python; None where it is missing."""
        if name not in self.nodes:
            return None
        try:
            return self.book.loader.construct_document(self.nodes[name])
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            self.wrong(name, f"{error}.", "a plain value")
            return None

    def text(self, name: str, expected: str, *, default: str | None = None) -> str:
        """Return a text; `default` where the field may be missing."""
        given = self.plain(name)
        if given is None and default is not None:
            return default
        if not isinstance(given, str) or not given.strip():
            self.wrong(
                name, "It is missing." if given is None else f"“{given}” is no text.", expected
            )
            return default or ""
        return given.strip()

    def number(self, name: str, expected: str) -> float | None:
        """Return a number, or None where the field is missing."""
        given = self.plain(name)
        if given is not None and (isinstance(given, bool) or not isinstance(given, int | float)):
            self.wrong(name, f"“{given}” is no number.", expected)
            return None
        return given

    def moment(self, name: str) -> datetime | None:
        """Return a moment with its offset from UTC; None, with a problem noted, where there is none."""
        given = self.plain(name)
        try:
            read = parse_datetime(given) if isinstance(given, str) else None
        except ValueError:
            read = None
        if read is None or read.tzinfo is None:
            found = "It is missing." if given is None else f"“{given}” is no moment with an offset."
            self.wrong(name, found, "date, time and offset, such as 2025-06-07T20:30-07:00")
            return None
        return read

    def texts(self, name: str, expected: str) -> list[str]:
        """Return a list of texts."""
        given = self.plain(name)
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            self.wrong(
                name, "It is missing." if given is None else f"“{given}” is no list.", expected
            )
            return []
        return given

    def block(self, name: str) -> "Entry | None":
        """Return the block under this field, or None where the field is missing."""
        node = self.nodes.get(name)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            self.wrong(name, "It holds no fields.", "a block of “name: value” lines")
            return None
        return Entry(self.book, node, f"{self.where}.{name}" if self.where else name)

    def blocks(self, name: str) -> "list[Entry]":
        """Return the blocks listed under this field; none where it is missing."""
        node = self.nodes.get(name)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(name, "It is no list.", "lines that begin with “- ”")
            return []
        found = []
        for number, one in enumerate(node.value):
            if isinstance(one, yaml.MappingNode):
                found.append(Entry(self.book, one, f"{name}[{number}]"))
            else:
                self.wrong(
                    name, "This line holds no fields.", "{name: value, …}", one.start_mark.line + 1
                )
        return found
