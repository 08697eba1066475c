"""Every command that a page tells somebody to type is there, with the options that the page gives it."""

import re
import shlex

import click
import pytest

from hansa.cli.kinds import find_kind
from hansa.cli.say import Verb, verb
from hansa.kernel.errors import Refused
from hansa.kernel.record import Record
from hansa.node.main import COMMANDS, hansa, load
from tests.docs.pages import PAGES, ROOT, code_lines, name_of

_TYPED = re.compile(r"(?:^|(?<=[=\s]))(?:\S*/)?hansa (?=[a-z-])")
_TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)


def commands(text: str) -> list[str]:
    """What follows the word `hansa` in code, each to the end of its line, comment left out."""
    found = []
    for line in code_lines(text):
        match = _TYPED.search(line)
        if match:
            found.append(line[match.end() :].partition("  #")[0].strip())
    return found


def wrong(typed: str) -> str | None:
    """Say what is wrong with a command line that follows `hansa`, or None."""
    words = shlex.split(typed.replace("…", "").replace("&&", ""))
    command: click.Command = hansa
    while words:
        word = words.pop(0)
        if word.startswith("-"):
            fault = _option(command, word.partition("=")[0], words)
            if fault:
                return fault
        elif isinstance(command, click.Group):
            found = _sub(command, word)
            if isinstance(found, str):
                return found
            command = found
            if isinstance(command, Verb):
                return _fields(
                    command.record, [one for one in words if "=" in one and not one.startswith("-")]
                )
    return None


def _sub(group: click.Group, word: str) -> click.Command | str:
    if group is hansa:
        there = word in COMMANDS and word in hansa.list_commands(click.Context(hansa))
        return load(word) if there else f"there is no command {word}"
    if word.isupper():
        return click.Command(word)
    if group.name == "say":
        try:
            return verb(find_kind(word))
        except Refused as refusal:
            return refusal.sentence
    return group.commands.get(word) or f"{group.name} has no command {word}"


def _option(command: click.Command, name: str, words: list[str]) -> str | None:
    known = {
        one: param
        for param in command.params
        if isinstance(param, click.Option)
        for one in param.opts
    }
    if name not in known:
        return f"{command.name} has no option {name}"
    if not known[name].is_flag and words and not words[0].startswith("-"):
        words.pop(0)
    return None


def _fields(kind: type[Record], given: list[str]) -> str | None:
    strange = {pair.partition("=")[0] for pair in given} - {field.name for field in kind.fields}
    return f"{kind.kind} has no field {', '.join(sorted(strange))}" if strange else None


@pytest.mark.parametrize("page", PAGES, ids=map(name_of, PAGES))
def test_every_command_that_a_page_names_is_there(page):
    faults = {
        typed: fault for typed in commands(page.read_text("utf-8")) if (fault := wrong(typed))
    }
    assert faults == {}


@pytest.mark.parametrize("page", PAGES, ids=map(name_of, PAGES))
def test_every_target_of_make_that_a_page_names_is_there(page):
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text("utf-8")))
    named = {
        match
        for line in code_lines(page.read_text("utf-8"))
        for match in re.findall(r"(?:^|&& )make ([a-z-]+)", line)
    }
    assert named <= targets


def test_the_page_for_operators_names_every_command_that_keeps_a_home():
    typed = commands((ROOT / "docs" / "operate.md").read_text("utf-8"))
    said = {word for line in typed for word in line.split() if word in COMMANDS}
    assert {
        "init", "found", "serve", "doctor", "officers", "invite", "token", "say", "log",
        "state", "rebuild", "fsck", "export", "verify", "migrate",
    } <= said  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("frobnicate", "no command frobnicate"),
        ("fsck --gently", "no option --gently"),
        ("--home DIR fsck --json", None),
        ("token make --as X --name Y", None),
        ("token mint", "no command mint"),
        ("say aid.need/1 colour=red --as X", "no field colour"),
        ("say aid.gone/1 --as X", "There is no kind"),
    ],
)
def test_a_command_that_is_not_there_is_noticed(typed, fault):
    found = wrong(typed)
    assert found is None if fault is None else fault in (found or "")


def test_commands_are_found_in_blocks_and_spans():
    text = "Run `hansa fsck`, or:\n\n    .venv/bin/hansa --home X log  # look\n\n```\nhansa state\n```\n"
    assert sorted(commands(text)) == ["--home X log", "fsck", "state"]
