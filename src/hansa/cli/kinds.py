"""`hansa kinds`, and how a kind is named at a terminal."""

from typing import Any

import click
import msgspec

from hansa.cli.words import as_json, print_json, print_pairs, print_table
from hansa.kernel.errors import Refused
from hansa.kernel.fields import Field
from hansa.kernel.record import KINDS, NODE, Record


def find_kind(named: str) -> type[Record]:
    """Return the kind with this tag (`aid.need/1`), tag without number (the latest), or last word; Refused if none or several."""
    if named in KINDS:
        return KINDS[named]
    spoken = [tag for tag, kind in KINDS.items() if kind.by != NODE]
    tags = [tag for tag in spoken if tag.rpartition("/")[0] == named] or [
        tag for tag in spoken if short(tag) == named
    ]
    stems = {tag.rpartition("/")[0] for tag in tags}
    if len(stems) == 1:
        return KINDS[max(tags, key=lambda tag: int(tag.rpartition("/")[2]))]
    if not stems:
        raise Refused(
            f"There is no kind “{named}”. “hansa kinds” lists them.",
            field="kind",
            code="unknown-kind",
        )
    raise Refused(
        f"“{named}” may be several kinds: {', '.join(sorted(tags))}. Name one of them.",
        field="kind",
        code="unknown-kind",
    )


def short(tag: str) -> str:
    """Return a tag's own word: `need` of `aid.need/1`."""
    return tag.partition(".")[2].rpartition("/")[0]


def takes(field: Field) -> str:
    """Say in a few words what a field takes."""
    if field.type in {"choice", "choices"}:
        values = ", ".join(field.of.values)
        return f"one of {values}" if field.type == "choice" else f"some of {values}, with commas"
    if field.type == "integer":
        return f"a whole number, {field.least:,} to {field.most:,}"
    if field.type in {"text", "prose"}:
        return f"text, at most {field.most:,} characters"
    return {
        "flag": "yes or no",
        "moment": "a date and time with its zone",
        "ref": f"a {field.of._meta.verbose_name} as LOG@NUMBER"
        if field.type == "ref" and hasattr(field.of, "_meta") and not field.of._meta.abstract
        else "a record as LOG@NUMBER",
        "refs": "records as LOG@NUMBER, with commas",
        "items": "files, by path"
        if field.type == "items" and getattr(field.of, "__name__", "") == "File"
        else "JSON",
    }[field.type]


def example(field: Field) -> str:
    """Return the field's example as one would type it, or nothing."""
    if field.example is None:
        return ""
    if field.type in {"refs", "choices"} and not isinstance(field.example, str):
        return ",".join(field.example)
    if field.type == "items":
        return msgspec.json.encode(field.example).decode()
    return str(field.example)


def about_field(field: Field) -> str:
    """Return question, type, example and help of a field in one paragraph."""
    parts = [str(field.label), f"({takes(field)}{'' if field.required else '; may be left out'})"]
    if field.help:
        parts.append(str(field.help))
    if example(field):
        parts.append(f"Example: {example(field)}")
    return " ".join(parts)


@click.command()
@click.argument("kind", required=False)
@as_json
def kinds(kind: str | None, *, as_json: bool) -> None:
    """List what can be said, or the fields of one KIND."""
    if kind is None:
        if as_json:
            print_json({"kinds": [_plain(KINDS[tag]) for tag in sorted(KINDS)]})
            return
        print_table(
            ["KIND", "NEEDS", "SAYS"],
            [[tag, KINDS[tag].by, KINDS[tag].sentence] for tag in sorted(KINDS)],
        )
        return
    found = find_kind(kind)
    if as_json:
        print_json(_plain(found))
        return
    print_pairs(
        [
            ("kind", found.kind),
            ("says", found.sentence),
            ("needs", found.by),
            ("read by", " or ".join(found.audiences)),
        ]
    )
    click.echo()
    print_pairs([(field.name, about_field(field)) for field in found.fields])


def _plain(kind: type[Record]) -> dict[str, Any]:
    return {
        "kind": kind.kind,
        "by": kind.by,
        "audiences": list(kind.audiences),
        "erasable": kind.erasable,
        "sealable": kind.sealable,
        "says": kind.schema(),
    }
