"""What may stand as a node's address, and which addresses this node may call."""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from hansa.kernel.errors import Untrusted

LONGEST = 200
"""Characters of a node's address."""

_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\Z|\[[0-9a-f:.]{2,45}\]\Z")
_PLAIN = re.compile(r"[!-~]{1,200}\Z")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA = tuple(
    ipaddress.ip_network(one)
    for one in ("169.254.0.0/16", "fd00:ec2::254/128", "100.100.100.200/32", "168.63.129.16/32")
)
"""Where clouds answer with a machine's own secrets."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node's address, taken apart: whether by TLS, the host's name or number, the port."""

    tls: bool
    host: str
    port: int

    @property
    def url(self) -> str:
        """The one way in which this address is written."""
        scheme, usual = ("https", 443) if self.tls else ("http", 80)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}" + ("" if self.port == usual else f":{self.port}")

    @property
    def authority(self) -> str:
        """What the Host header says (RFC 9110 section 7.2)."""
        return self.url.partition("://")[2]


def read_url(text: str) -> Place:
    """Read a node's address: scheme, host and perhaps a port, nothing else; Untrusted otherwise."""
    wrong = Untrusted(
        f"“{text[:80]}” is no address of a node. Write it like https://aid.example.org, without a path."
    )
    if not _PLAIN.match(text):
        raise wrong
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise wrong from error
    host = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc
    plain = parts.path in {"", "/"} and not parts.query and not parts.fragment and "@" not in text
    if parts.scheme not in {"https", "http"} or not plain or not _HOST.match(host) or port == 0:
        raise wrong
    if host.startswith("["):
        try:
            host = str(ipaddress.IPv6Address(host[1:-1]))
        except ValueError as error:
            raise wrong from error
    return Place(parts.scheme == "https", host, port or (443 if parts.scheme == "https" else 80))


def is_url(text: str) -> bool:
    """Tell whether `text` is an address of a node, written in the one way."""
    try:
        return read_url(text).url == text
    except Untrusted:
        return False


def networks(named: Iterable[str]) -> tuple[Network, ...]:
    """Read the networks that this node's staff allow; Untrusted names the one that is none."""
    read: list[Network] = []
    for one in named:
        try:
            read.append(ipaddress.ip_network(one))
        except ValueError as error:
            raise Untrusted(
                f"“{one[:60]}” in peer_networks is no network. Write it like 10.1.0.0/16."
            ) from error
    return tuple(read)


def allowed(address: str, *, local: bool, nets: Sequence[Network]) -> bool:
    """Tell whether this node may call that number.

    Public numbers always; this machine's own only with `local`; private ones only where `nets` holds
    them. A number inside another (IPv4 in IPv6, NAT64, 6to4) is judged as the inner one, too.
    """
    try:
        number = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_allowed(one, local=local, nets=nets) for one in (number, *_inside(number)))


def _allowed(number: Address, *, local: bool, nets: Sequence[Network]) -> bool:
    if any(number.version == net.version and number in net for net in METADATA):
        return False
    if number.is_loopback:
        return local
    if number.is_unspecified or number.is_multicast or number.is_link_local:
        return False
    if any(number.version == net.version and number in net for net in nets):
        return True
    return number.is_global and not number.is_reserved


def _inside(number: Address) -> list[Address]:
    if not isinstance(number, ipaddress.IPv6Address):
        return []
    found: list[Address] = [one for one in (number.ipv4_mapped, number.sixtofour) if one]
    found += number.teredo or ()
    if number in ipaddress.ip_network("64:ff9b::/96"):
        found.append(ipaddress.IPv4Address(int(number) & 0xFFFFFFFF))
    return found
