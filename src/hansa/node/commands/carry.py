"""`hansa carry` and `hansa peers`: what goes to and from other nodes, by hand and by itself."""

import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from hansa.kernel.sync.status import PeerState

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def carry() -> None:
    """Carry logs from node to node on a memory stick, where no line does."""


@carry.command("out")
@click.argument("folder", type=FOLDER, metavar="DIR")
@click.option(
    "--for",
    "reader",
    metavar="LOG",
    help="Take along what the node of this member may read (else what is for the whole pact).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def carry_out(folder: Path, reader: str | None, *, as_json: bool) -> None:
    """Write every log that is here to DIR. “hansa carry in” reads it, and “hansa verify” checks each log in it."""
    from hansa.kernel.sync.carried import carry_out as write

    written = write(folder, reader)
    sizes = written.sizes
    words = f"{sum(sizes.values()):,} entries of {len(sizes)} logs written to {folder}. On the other node: hansa carry in {folder}"
    told = {"logs": sizes, "folder": str(folder), "left_out": written.trouble}
    click.echo(json.dumps(told, indent=2) if as_json else words)
    for sentence in written.trouble:
        click.echo(f"Left out: {sentence}", err=True)


@carry.command("in")
@click.argument("folder", type=FOLDER, metavar="DIR")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def carry_in(folder: Path, *, as_json: bool) -> None:
    """Take in what is new in DIR. Nothing in it is believed that does not prove itself; what is refused is named."""
    from hansa.kernel.models import Log
    from hansa.kernel.sync.carried import carry_in as read
    from hansa.kernel.sync.carried import names_in

    report = read(folder)
    strangers = sorted(names_in(folder) - set(Log.objects.values_list("name", flat=True)))
    if as_json:
        told = {
            "new": dict(report.received),
            "late_bodies": report.late,
            "attachments": report.files,
            "refused": [asdict(one) for one in report.refused],
            "not_followed": strangers,
        }
        click.echo(json.dumps(told, indent=2))
        return
    for log, count in sorted(report.received.items()):
        click.echo(f"{log}: {count:,} new entries")
    if report.late:
        click.echo(f"{report.late:,} bodies that were missing here")
    if report.files:
        click.echo(f"{report.files:,} {'attachment' if report.files == 1 else 'attachments'}")
    if not report.new and not report.late and not report.files:
        click.echo("Nothing new.")
    for one in report.refused:
        click.echo(f"{one.log or folder}: refused: {one.why}", err=True)
    if strangers:
        click.echo(f"Not followed here: {', '.join(strangers)}", err=True)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def peers(*, as_json: bool) -> None:
    """Show how it stands with every other node: when it was heard last, and what was taken in, waits or was refused."""
    from hansa.kernel.sync import follow, status

    found = status.peers()
    if as_json:
        told: dict[str, Any] = {
            "peers": [asdict(one) for one in found],
            "waiting": [
                {"log": log, "entries": count, "for": ref} for log, count, ref in status.waiting()
            ],
            "bodies_wanted": status.lacking(),
            "bodies_lost": status.lost(),
            "without_address": status.homeless(),
            "other_keys": [asdict(one) for one in follow.alarms()],
        }
        click.echo(json.dumps(told, indent=2, default=str))
        return
    if not found:
        click.echo("No other node is known. Join a pact, or name one under “peers” in hansa.toml.")
    for one in found:
        _show(one)
    for log, count, ref in status.waiting():
        click.echo(f"{log}: {count:,} entries wait for {ref or 'others'}")
    if lacking := status.lacking():
        click.echo(
            f"Missing here and asked for everywhere: the content of {lacking:,} {'record' if lacking == 1 else 'records'}."
        )
    if lost := status.lost():
        click.echo(
            f"Lost with a disk: {lost:,} {'record' if lost == 1 else 'records'} for your own officers alone, which no other node ever held. Say again what still matters."
        )
    for name in status.homeless():
        click.echo(f"{name}: nobody has said where its node is")
    for alarm in follow.alarms():
        click.echo(
            f"{alarm.log}: {alarm.by} vouches for another key than the one followed here. Ask both by voice.",
            err=True,
        )


def _show(peer: "PeerState") -> None:
    heard = "never heard" if peer.silence is None else f"heard {_ago(peer.silence)} ago"
    members = ", ".join(peer.members) or "nobody's own"
    click.echo(f"{peer.state:<6}  {peer.url}  ({members}), {heard}")
    if peer.problem:
        click.echo(f"        {peer.problem}")
    for log in peer.logs:
        sent = "" if log.sent is None else f", {log.sent:,} known there"
        behind = f", {log.behind:,} not here yet" if log.behind else ""
        parked = f", {log.parked:,} wait for {log.waits or 'others'}" if log.parked else ""
        refused = f"; refused {log.refused} times: {log.why}" if log.why else ""
        click.echo(
            f"        {log.log}: {log.here:,} here ({log.received:,} from there){sent}{behind}{parked}{refused}"
        )


def _ago(silence: timedelta) -> str:
    seconds = int(silence.total_seconds())
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
