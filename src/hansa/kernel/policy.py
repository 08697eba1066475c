"""Trust policies: which witnesses count, and how many of which must have cosigned (C2SP tlog-policy).

Pure. Groups are meant to be hosts: a machine that carries three members is one group of `any`, and so
counts once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from hansa.kernel.cosign import Cosigner
from hansa.kernel.errors import Untrusted
from hansa.kernel.note import Verifier

NONE = "none"
LARGEST = 512 * 1024
MOST = 1_024
"""Logs, witnesses and groups that a policy may name, each; 32 must be possible."""

_SINCE = re.compile(r"#\s*hansa-since:\s*([0-9]{1,12})")


@dataclass(frozen=True, slots=True)
class Witness:
    """One witness of a policy: its name there, its key, and its submission prefix if it has one."""

    name: str
    key: Cosigner
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Counts as having cosigned when at least `least` of its members have."""

    name: str
    least: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """Who may cosign, and the quorum.

    `since`, in seconds since 1970, is when it was first taken on: what a log says happened before was
    witnessed by nobody. It stands in a comment, which other readers of the format pass over; 0 where none
    does, and then it begins with the first date that it gives.
    """

    logs: tuple[tuple[Verifier, str], ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NONE
    since: int = 0
    _named: Mapping[str, Witness | Group] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look names up once."""
        named: dict[str, Witness | Group] = {one.name: one for one in self.witnesses}
        named.update({one.name: one for one in self.groups})
        object.__setattr__(self, "_named", named)

    @property
    def digest(self) -> str:
        """Return sixteen hex digits by which what was counted under this policy is told from another's."""
        return sha256(self.rules().encode()).hexdigest()[:16]

    def met(self, cosigned: Iterable[Cosigner]) -> bool:
        """Tell whether the quorum has cosigned, if exactly these witnesses have. Each key counts once."""
        keys: set[tuple[str, bytes]] = {(one.algorithm, one.public) for one in cosigned}
        return self.quorum == NONE or self._holds(self.quorum, keys)

    def earliest(self, times: Mapping[Cosigner, int]) -> int | None:
        """Return the earliest moment at which the quorum had cosigned, or None if it never had."""
        for moment in sorted(set(times.values())):
            if self.met(one for one, at in times.items() if at <= moment):
                return moment
        return None

    def rules(self) -> str:
        """Return the part that decides what counts: without URLs, comments and order of lines."""
        lines = sorted(f"witness {one.name} {one.key.vkey()}" for one in self.witnesses)
        lines += sorted(
            f"group {one.name} {one.least} {' '.join(sorted(one.members))}" for one in self.groups
        )
        return "\n".join([*lines, f"quorum {self.quorum}", f"since {self.since}", ""])

    def text(self) -> str:
        """Return the policy as a file."""
        lines = [f"# hansa-since: {self.since}"] if self.since else []
        lines += [" ".join(filter(None, ("log", key.vkey(), url))) for key, url in self.logs]
        lines += [
            " ".join(filter(None, ("witness", one.name, one.key.vkey(), one.url)))
            for one in self.witnesses
        ]
        lines += [f"group {one.name} {_least(one)} {' '.join(one.members)}" for one in self.groups]
        return "\n".join([*lines, f"quorum {self.quorum}", ""])

    def _holds(self, name: str, keys: set[tuple[str, bytes]]) -> bool:
        one = self._named[name]
        if isinstance(one, Witness):
            return (one.key.algorithm, one.key.public) in keys
        return sum(self._holds(member, keys) for member in one.members) >= one.least


def _least(group: Group) -> str:
    if group.least == len(group.members):
        return "all"
    return "any" if group.least == 1 else str(group.least)


@lru_cache(maxsize=64)
def parse(data: bytes) -> Policy:
    """Read a policy file; `Untrusted` names the line that does not hold."""
    if len(data) > LARGEST:
        raise Untrusted(f"A policy may have {LARGEST:,} bytes.")
    # Octets above 0x7F are opaque (tlog-policy, “Character set”): each becomes one sign, and compares as itself.
    text = data.decode("latin-1")
    if any((sign < " " and sign not in "\t\n") or sign == "\x7f" for sign in text):
        raise Untrusted("A policy holds no control signs but tab and newline.")
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            reading.take(line.strip(" \t"))
        except Untrusted as error:
            raise Untrusted(f"Line {number} of the policy: {error.sentence}") from error
    return reading.policy()


class _Reading:
    """A policy file, line by line."""

    def __init__(self) -> None:
        self.logs: list[tuple[Verifier, str]] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.quorum: str | None = None
        self.since = 0
        self.free: set[str] = set()
        """Names that no group has taken in yet."""
        self.names: set[str] = {NONE}

    def take(self, line: str) -> None:
        since = _SINCE.fullmatch(line)
        if since:
            self.since = int(since[1])
        if not line or line.startswith("#"):
            return
        match re.split(r"[ \t]+", line):
            case ["log", vkey, *url] if len(url) <= 1:
                self._log(Verifier.parse(vkey), "".join(url))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._witness(Witness(name, Cosigner.parse(_utf8(vkey)), "".join(url)))
            case ["group", name, least, *members] if members:
                self._group(name, least, members)
            case ["quorum", name]:
                self._quorum(name)
            case _:
                raise Untrusted("it is no log, witness, group or quorum.")

    def policy(self) -> Policy:
        if self.quorum is None:
            raise Untrusted("A policy has exactly one quorum line; this one has none.")
        if max(len(self.logs), len(self.witnesses), len(self.groups)) > MOST:
            raise Untrusted(f"A policy names at most {MOST:,} logs, witnesses and groups each.")
        return Policy(
            tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum, self.since
        )

    def _log(self, key: Verifier, url: str) -> None:
        if any(other.pub == key.pub for other, _url in self.logs):
            raise Untrusted("this log's key stands here twice.")
        self.logs.append((key, url))

    def _witness(self, one: Witness) -> None:
        if any(other.key.public == one.key.public for other in self.witnesses):
            raise Untrusted("this witness's key stands here twice.")
        self._new(one.name)
        self.witnesses.append(one)

    def _group(self, name: str, least: str, members: Sequence[str]) -> None:
        number = {"all": str(len(members)), "any": "1"}.get(least, least)
        if not re.fullmatch(r"[1-9][0-9]{0,8}", number) or int(number) > len(members):
            raise Untrusted(f"of {len(members)} members, {least} cannot be asked for.")
        for member in members:
            if member not in self.free:
                raise Untrusted(f"“{member}” is not defined above, or belongs to a group already.")
            self.free.remove(member)
        self._new(name)
        self.groups.append(Group(name, int(number), tuple(members)))

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise Untrusted("a policy has exactly one quorum line.")
        if name not in self.names:
            raise Untrusted(f"“{name}” is not defined above.")
        self.quorum = name

    def _new(self, name: str) -> None:
        if name in self.names:
            raise Untrusted(f"the name “{name}” is taken.")
        self.names.add(name)
        self.free.add(name)


def _utf8(text: str) -> str:
    """Return a key's text as it was written; its name may hold any letters (signed-note)."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError as error:
        raise Untrusted("a key's name is not UTF-8.") from error


@dataclass(frozen=True, slots=True)
class Host:
    """A machine that witnesses: its name, and the key of each witness on it with its submission prefix."""

    name: str
    keys: tuple[tuple[Cosigner, str], ...]


def propose(hosts: Iterable[Host], since: int) -> Policy:
    """Return the policy in which more than half of the hosts must have cosigned, each host counted once.

    Witnesses that share a key, or a host, count as one (a key counts once, a host counts once). With fewer
    than two hosts nobody else can witness, and the quorum is none.
    """
    witnesses: list[Witness] = []
    groups: list[Group] = []
    seen: dict[bytes, str] = {}
    for host in sorted(_merged(hosts), key=lambda one: one.name):
        names = []
        for i, (key, url) in enumerate(sorted(host.keys, key=lambda one: one[0].vkey())):
            if key.public in seen:
                continue
            seen[key.public] = host.name
            names.append(f"{_word(host.name)}-{i + 1}")
            witnesses.append(Witness(names[-1], key, url))
        if names:
            groups.append(Group(f"host-{_word(host.name)}", 1, tuple(names)))
    if len(groups) < 2:  # noqa: PLR2004 - oneself and another
        return Policy((), tuple(witnesses), tuple(groups), NONE, since)
    members = tuple(one.name for one in groups)
    quorum = Group("hosts", len(groups) // 2 + 1, members)
    return Policy((), tuple(witnesses), (*groups, quorum), quorum.name, since)


def _merged(hosts: Iterable[Host]) -> list[Host]:
    """Join hosts that share a name or a witness key: they are one machine."""
    merged: list[tuple[set[str], dict[bytes, tuple[Cosigner, str]]]] = []
    for host in hosts:
        names, keys = {host.name}, {key.public: (key, url) for key, url in host.keys}
        apart = []
        for other_names, other_keys in merged:
            if names & other_names or keys.keys() & other_keys.keys():
                names |= other_names
                keys = {**keys, **other_keys}
            else:
                apart.append((other_names, other_keys))
        merged = [*apart, (names, keys)]
    return [Host(min(names), tuple(keys.values())) for names, keys in merged]


def _word(name: str) -> str:
    """Return a host's name without what a policy's names cannot hold."""
    return re.sub(r"[^a-z0-9.-]+", "-", name.lower()).strip("-") or "host"
