"""A policy out of what members say of their nodes. A person looks at it before it counts."""

from pathlib import Path
from urllib.parse import urlsplit

from hansa.kernel import clock
from hansa.kernel import policy as policies
from hansa.kernel.cosign import Cosigner
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.home import home
from hansa.kernel.models import Log
from hansa.kernel.policy import NONE, Host, Policy
from hansa.kernel.tiles import write_file
from hansa.kernel.witness import dating, nodes

PREFIX = "/witness"
HERE = "this-node"


def propose() -> Policy:
    """Return the policy that follows from the nodes named: more than half of the hosts, each counted once.

    A node without an address cannot be asked, so it is left out, unless it is this one. Who asks for a new
    policy keeps the moment from which the old one counted.
    """
    old = dating.policy() if dating.path().exists() else None
    since = old.since if old else int(clock.now().timestamp())
    return policies.propose(_hosts(), since)


def write(policy: Policy) -> Path:
    """Write the policy into this home and date every log by it; Refused if nobody else could witness."""
    if policy.quorum == NONE:
        raise Refused(
            "Only one host is known here, and a host that witnesses itself dates nothing. Let a member on another machine name its node; nodes that share an address or a host's name count as one.",
            code="no-quorum",
        )
    write_file(dating.path(), policy.text().encode())
    dating.refresh()
    return dating.path()


def _hosts() -> list[Host]:
    own = home().keys.witness()
    mine = set(Log.objects.filter(mine=True).values_list("name", flat=True))
    hosts = [Host(HERE, ((Cosigner.parse(own), ""),))]
    for node in nodes.nodes():
        try:
            key = Cosigner.parse(node.vkey)
        except Untrusted:  # no key, or none that anybody could count
            continue
        ours = node.vkey == own or node.log in mine
        if not node.url and not ours:
            continue
        keys = ((key, f"{node.url}{PREFIX}" if node.url else ""),)
        names = {node.host or node.log, urlsplit(node.url).hostname or node.log}
        # One machine by any of its names: whoever shares a name, an address or a key is one host.
        hosts += [Host(name, keys) for name in sorted(names)]
    return hosts
