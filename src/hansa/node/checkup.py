"""What the doctor asks of a running pact: backups, upgrade, peers, witnesses, clocks, the name by which TLS knows us."""

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hansa.kernel import clock

STALE_BACKUP = timedelta(days=2)
APART = 60.0
"""Seconds by which the clock may differ from the peers'."""
EXPIRING = timedelta(days=14)
PATIENCE = 10.0
TLS = 443


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how it stands, and what to do if it does not stand well."""

    what: str
    ok: bool
    words: str


def findings(folder: Path, node: dict[str, Any], port: int, *, served: bool) -> Iterator[Finding]:
    """Look at everything that Django has opened and the pact shows."""
    if served:
        yield from _served(port)
    yield _locked()
    yield _backup(folder)
    yield from _restored(folder)
    yield _fold()
    yield _alike()
    yield _apart()
    yield from _peers()
    yield _policy()
    yield from _address(node)


def _served(port: int) -> Iterator[Finding]:
    """Ask the serving process itself whether it is ready: only it knows, say, whether its keys are open."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        line.request("GET", "/ready")
        told = json.loads(line.getresponse().read())["checks"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        yield Finding(
            "serving",
            ok=False,
            words=f"The serving process does not answer at port {port}. Name its port with --port; if that is it, look into its log.",
        )
        return
    finally:
        line.close()
    wrong = [one["words"] for one in told.values() if not one["ok"]]
    yield Finding("serving", not wrong, " ".join(wrong) or "ready")


def _locked() -> Finding:
    from hansa.kernel.home import home

    if home().keys.chest.has_vault:
        return Finding("keys at rest", ok=True, words="under a passphrase")
    return Finding(
        "keys at rest",
        ok=True,
        words="in the clear: whoever copies the folder has them. To lock them: hansa keys lock",
    )


def _backup(folder: Path) -> Finding:
    from hansa.kernel.models import Entry
    from hansa.node.backup.making import DONE

    now = clock.machine()
    try:
        made = datetime.fromisoformat(json.loads((folder / DONE).read_text("utf-8"))["made"])
    except (OSError, ValueError, KeyError, TypeError):
        first = Entry.objects.order_by("id").values_list("at", flat=True).first()
        young = first is None or now < first + STALE_BACKUP
        return Finding("backup", young, "none was made yet. Run: hansa backup FILE")
    age = now - made
    words = f"{age.total_seconds() / 3600:,.0f} hours old"
    if age > STALE_BACKUP:
        return Finding(
            "backup", ok=False, words=f"{words}. Mend what makes it, or run: hansa backup FILE"
        )
    return Finding("backup", ok=True, words=words)


def _restored(folder: Path) -> Iterator[Finding]:
    from hansa.node.backup.restoring import MARKER

    if not (folder / MARKER).exists():
        return
    try:
        told = json.loads((folder / MARKER).read_text("utf-8"))
        words = f"on {told['at'][:16]} from the backup of {told['made'][:16]} (UTC)"
    except (OSError, ValueError, KeyError, TypeError):
        words = "from a backup"
    yield Finding(
        "restored",
        ok=True,
        words=f"{words}. Delete the file {MARKER} when that is no news any more.",
    )


def _fold() -> Finding:
    from hansa.kernel.models import Entry, Fate
    from hansa.node import upgrade

    if upgrade.is_due():
        return Finding("fold", ok=False, words="Another version made the rows. Run: hansa migrate")
    unknown = Entry.objects.filter(fate=Fate.UNKNOWN).count()
    words = f"{unknown:,} records are of kinds that this version does not know. Upgrade Hansa when you can."
    return Finding(
        "fold", ok=True, words=words if unknown else "every kind of record here is known"
    )


def _alike() -> Finding:
    from hansa.kernel import likeness

    found = likeness.alarms()
    if not found:
        return Finding("rows", ok=True, words="no other node holds other ones")
    one = found[0]
    return Finding(
        "rows",
        ok=False,
        words=f"{one.peer} holds the same records of {one.log} and other rows: {one.object or 'it does not say which'}. Run “hansa fsck” here and there; whose it finds wrong runs “hansa rebuild”.",
    )


def _apart() -> Finding:
    from hansa.kernel.sync import alike

    seconds = alike.apart()
    if seconds is None:
        return Finding("clock of peers", ok=True, words="none has told yet")
    words = f"they stand {abs(seconds):,.0f} seconds {'ahead' if seconds > 0 else 'behind'}"
    if abs(seconds) > APART:
        return Finding(
            "clock of peers", ok=False, words=f"{words}. Set this machine's clock by NTP."
        )
    return Finding("clock of peers", ok=True, words=words)


def _peers() -> Iterator[Finding]:
    from hansa.kernel.sync import attached, follow, status

    for peer in status.peers():
        behind = sum(one.behind for one in peer.logs)
        words = f"{peer.state}{f', {behind:,} records behind' if behind else ''}"
        well = peer.state in {"ok", "new"} and not peer.problem
        yield Finding(
            peer.url, well, words if well else f"{words}. {peer.problem or 'It does not answer.'}"
        )
    waiting = status.waiting()
    yield Finding(
        "waiting",
        ok=True,
        words=f"{waiting[0][0]} waits for {waiting[0][2]}"
        if waiting
        else "nothing waits for another log",
    )
    lacking, lost = status.lacking(), status.lost()
    said = [f"{lacking:,} still looked for"] if lacking else []
    said += [f"{lost:,} for the own officers alone lost with a disk"] if lost else []
    yield Finding("bodies", ok=True, words="; ".join(said) or "all here")
    files = sum(1 for _one in attached.lacking())
    yield Finding(
        "attachments", ok=True, words=f"{files:,} still looked for" if files else "all here"
    )
    for alarm in follow.alarms():
        yield Finding(
            "introduction",
            ok=False,
            words=f"{alarm.by} vouches for another key of {alarm.log} than the one that is followed here. One of them is deceived: ask both members by another way.",
        )


def _policy() -> Finding:
    from hansa.kernel.models import Log
    from hansa.kernel.sync import follow
    from hansa.kernel.witness import dating, evidence

    forked = [log for log in Log.objects.values_list("name", flat=True) if evidence.forked(log)]
    if forked:
        return Finding(
            "witnesses",
            ok=False,
            words=f"The log {forked[0]} has signed two histories. Nothing of it is folded beyond where they part, until its roots restart it.",
        )
    if dating.policy() is None:
        return Finding(
            "witnesses",
            not follow.peers(),
            "no policy is set, so deadlines rest on each author's own clock. See: hansa witness",
        )
    return Finding("witnesses", ok=True, words="a policy is set")


def _address(node: dict[str, Any]) -> Iterator[Finding]:
    """Look whether the name that browsers use is one that TLS vouches for, and the one that the member told others."""
    origins = [str(one) for one in node.get("origins", [])]
    if not origins:
        yield Finding(
            "address",
            ok=True,
            words="none is set in hansa.toml (origins): reached on this machine only",
        )
        return
    for origin in origins:
        yield _tls(origin, [str(one) for one in node.get("hosts", [])])
    yield from _told(origins)


def _tls(origin: str, hosts: list[str]) -> Finding:
    place = urlsplit(origin)
    name = place.hostname or ""
    if place.scheme != "https" or not name:
        return Finding(
            origin, ok=False, words="an origin reads https://NAME. Mend it in hansa.toml"
        )
    if name not in hosts:
        return Finding(
            origin, ok=False, words=f"{name} is not among the hosts in hansa.toml. Add it"
        )
    try:
        ends = _certificate(name, place.port or TLS)
    except ssl.SSLCertVerificationError as error:
        return Finding(
            origin, ok=False, words=f"its certificate does not hold: {error.verify_message}"
        )
    except OSError as error:
        return Finding(
            origin, ok=False, words=f"it does not answer by TLS ({error.strerror or error})"
        )
    left = ends - clock.machine()
    words = f"certificate good until {ends:%Y-%m-%d}"
    return Finding(origin, left > EXPIRING, words if left > EXPIRING else f"{words}: renew it")


def _certificate(name: str, port: int) -> datetime:
    """Return until when the certificate shown at our own address is good; ssl.SSLError or OSError if it is not."""
    context = ssl.create_default_context()
    with (
        socket.create_connection((name, port), timeout=PATIENCE) as line,
        context.wrap_socket(line, server_hostname=name) as secured,
    ):
        shown: Any = secured.getpeercert() or {}
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)


def _told(origins: list[str]) -> Iterator[Finding]:
    from hansa.kernel.models import Log
    from hansa.kernel.sync.models import Node

    mine = list(Log.objects.filter(mine=True).values_list("name", flat=True))
    for row in Node.objects.filter(home__in=mine).exclude(url=""):
        if row.url.rstrip("/") not in {one.rstrip("/") for one in origins}:
            yield Finding(
                row.home,
                ok=False,
                words=f"it tells others that its node is at {row.url}, which is not among the origins here. Say it anew: hansa node",
            )
