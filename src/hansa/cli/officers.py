"""`hansa officers`, and how an officer is named at a terminal."""

from collections.abc import Sequence
from typing import Any

import click

from hansa.cli.words import as_json, print_json, print_table
from hansa.kernel import clock
from hansa.kernel.approval import Enrolled
from hansa.kernel.errors import Refused
from hansa.kernel.telling import moment
from hansa.pact.models import Officer
from hansa.pact.rules import keys_of


def find_officer(named: str, log: str | None = None) -> Officer:
    """Return the officer named by key (`us-ca@3`), by `log/handle`, or by a handle that only one has; Refused if none or several."""
    member, parted, handle = named.rpartition("/")
    found = (
        Officer.objects.filter(key=named) if "@" in named else Officer.objects.filter(handle=handle)
    )
    if parted or log:
        found = found.filter(home=member or log)
    living = sorted(found.filter(ended_at=None), key=lambda officer: officer.key) or list(found)
    if len(living) == 1:
        return living[0]
    if not living:
        raise Refused(
            f"There is no office “{named}” here. “hansa officers” lists them.",
            field="as",
            code="no-officer",
        )
    several = ", ".join(f"{officer.home}/{officer.handle}" for officer in living[:5])
    raise Refused(
        f"“{named}” may be several offices: {several}. Name one of them.",
        field="as",
        code="no-officer",
    )


def reader_log(named: str | None) -> str | None:
    """Return the log whose own records may be shown: the named officer's, or none."""
    if named is None:
        return None
    officer = find_officer(named)
    if _standing(officer) == "ended":
        raise Refused(
            "Your office's term has ended. Ask your keeper to renew it.", field="as", code="ended"
        )
    return officer.home


def as_reader(function: Any) -> Any:
    """Give a verb that reads its `--as`."""
    text = "Read as this officer (key or LOG/HANDLE): also what is for your own member only."
    return click.option("--as", "reader", metavar="OFFICER", help=text)(function)


@click.command()
@click.argument("log", required=False)
@click.option("--keys", is_flag=True, help="List the keys with which they approve instead.")
@as_json
def officers(log: str | None, *, keys: bool, as_json: bool) -> None:
    """List the offices, of one LOG or of all, and what each may do; or the keys with which they approve.

    An office enrols a key by “hansa say pact.officer-key/1”, and ends one by “hansa say pact.officer-key-end/1”.
    """
    found = Officer.objects.order_by("home", "at", "key")
    if log:
        found = found.filter(home=log)
    if as_json:
        print_json({"officers": [_plain(officer) for officer in found]})
        return
    if keys:
        lines = [_key_line(officer, one) for officer in found for one in keys_of(officer)]
        print_table(["OFFICE", "SORT", "FINGERPRINT", "STANDING", "LABEL"], lines)
        return
    print_table(["KEY", "NAME", "OFFICE", "MAY", "STANDING"], _lines(list(found)))


def _lines(found: Sequence[Officer]) -> list[list[str]]:
    return [
        [
            one.key,
            f"{one.home}/{one.handle}",
            one.office,
            ",".join(one.can),
            _standing(one, words=True),
        ]
        for one in found
    ]


def _key_line(officer: Officer, one: Enrolled) -> list[str]:
    standing = f"ended by {one.ended}" if one.ended else "in force"
    return [officer.key, one.key.method, one.key.fingerprint, standing, one.label]


def _standing(officer: Officer, *, words: bool = False) -> str:
    if officer.ended_at is not None or (officer.until is not None and clock.now() >= officer.until):
        return "ended"
    return f"until {moment(officer.until)}" if words and officer.until else "in office"


def _plain(officer: Officer) -> dict[str, Any]:
    return {
        "key": officer.key, "log": officer.home, "handle": officer.handle, "office": officer.office,
        "can": officer.can, "until": officer.until, "standing": _standing(officer), "keys": officer.keys,
    }  # fmt: skip
