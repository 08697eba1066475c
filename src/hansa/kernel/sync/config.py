"""What this node's staff wrote into hansa.toml about other nodes."""

import tomllib
from dataclasses import dataclass

from hansa.kernel.home import home
from hansa.kernel.sync.addresses import Network, is_url, networks


@dataclass(frozen=True, slots=True)
class Config:
    """`peers`: addresses to ask beside those that members name. `local`: this machine may be asked, without TLS.

    `nets`: private networks in which other nodes may stand. `own`: from which of this machine's addresses it asks.
    """

    peers: tuple[str, ...] = ()
    local: bool = False
    nets: tuple[Network, ...] = ()
    own: str = ""


def read() -> Config:
    """Read it anew, so that a change counts at once; Untrusted if a network is none. An address that is none is left out."""
    named = home().folder / "hansa.toml"
    written = tomllib.loads(named.read_text("utf-8")) if named.exists() else {}
    return Config(
        tuple(one for one in written.get("peers", []) if isinstance(one, str) and is_url(one)),
        local=written.get("peers_local") is True,
        nets=networks(map(str, written.get("peer_networks", []))),
        own=str(written.get("peers_from", "")),
    )
