"""Who gets what at which address: worked out from the `access` that a view declares, and from nothing else.

`DOORS` gives each address its own example; `OTHERWISE` lists, with the reason, every answer that differs
from the rule. It only shrinks: an entry that the rule would cover fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.doors.world import ENDED, SINGLE, Browser, World, take_chair

ADDRESSES = "hansa.node.urls"
UNDECLARED = (
    "{view} says of nobody that he may see it. Put one decorator of hansa.pages.access on it, the outermost "
    "(@public, @signed_in, @account, @seated or @capable), or @by_token if programs use it; a page of "
    "allauth gets its access in hansa.web.doors."
)
NO_EXAMPLE = (
    "the address “{name}” has no example here. Add it to DOORS in tests/doors/table.py, with arguments "
    "that lead to a page and, if only one member may use it, whose it is."
)
FIXED = ("public", "signed-in", "account", "seated", "token")


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody at the door: which office they hold where, if any, and whether this is a demo."""

    name: str
    place: str = ""
    office: str = ""
    demo: bool = False
    chosen: bool = False

    @property
    def known(self) -> bool:
        """Whether they have an account."""
        return bool(self.office) and not self.chosen

    @property
    def ended(self) -> bool:
        """Whether their office is over."""
        return self.office in ENDED

    @property
    def seated(self) -> bool:
        """Whether they hold an office that may act."""
        return bool(self.place) and not self.ended

    def may(self, capability: str) -> bool:
        """Whether their office holds the capability."""
        return self.seated and self.office in {capability, "chief"}

    def browser(self, world: World) -> Client:
        """Open their browser."""
        if self.chosen:
            return take_chair(Browser(), world.offices[self.place, self.office])
        return world.sit(self.place, self.office)


ROLES = (
    Role("anonymous"),
    Role("no-office", office="account"),
    *(Role(f"only-{one}", "la", one) for one in SINGLE),
    *(Role(one, "la", one) for one in ENDED),
    Role("other-member", "chicago", "chief"),
    Role("visitor", demo=True),
    Role("seated-visitor", "la", "chief", demo=True, chosen=True),
)


@dataclass(frozen=True, slots=True)
class Door:
    """An address' example. `args` name what stands in the world (or stand for themselves), `whose` the one member that may."""

    args: tuple[Any, ...] = ()
    query: str = ""
    whose: str = ""
    demo: bool = False
    """Whether it is there in a demo only."""
    get: int = 200
    """What a GET gives to whoever is let in: a page, 302 or 405 where there is none to see."""

    def url(self, world: World, name: str) -> str:
        """The address in this world."""
        args = [world.at.get(one, one) if isinstance(one, str) else one for one in self.args]
        return reverse(name, urlconf=ADDRESSES, args=args) + self.query.format_map(world.at)


def _on(what: str, whose: str = "", get: int = 200) -> Door:
    return Door((what,), whose=whose, get=get)


DOORS: dict[str, Door] = {
    "record": _on("call"),
    "record-proof": _on("call"),
    "file": _on("file", "la"),
    "seen": Door(get=405),
    "invite-new": Door(get=405),
    "invite": _on("invite-token"),
    "language": Door(get=302),
    "call-new-screen": Door((1,)),
    "call": _on("call"),
    "call-sheet": _on("call"),
    "call-change": _on("call", "la"),
    "call-end": _on("call", "la"),
    "call-consent": _on("call"),
    "decline": Door(("call", "legal")),
    "admit": _on("invitation"),
    "network-peer": Door((1,), get=404),
    "evidence": Door((1,), get=404),
    "evidence-file": Door((1,), get=404),
    "member": _on("us-ca-los-angeles"),
    "amendment": _on("amendment"),
    "vote": _on("amendment"),
    "officer-change": _on("spare", "la"),
    "officer-end": _on("spare", "la"),
    "officer-keys": _on("spare", "la"),
    "officer-ssh": _on("spare", "la"),
    "officer-passkey": _on("spare", "la"),
    "officer-key-end": Door(("keyed", "key"), whose="la"),
    "my-key-end": Door(("key",), get=404),
    "audience": _on("audience", "la"),
    "audience-change": _on("audience", "la"),
    "audience-extend": Door(("audience", "us-il-chicago"), whose="la"),
    "keys-of": _on("us-ny-new-york"),
    "rebind": _on("rebind"),
    "rebind-vote": _on("rebind"),
    "rebind-object": _on("rebind"),
    "rebind-close": _on("rebind", "chicago"),
    "fact": _on("fact"),
    "fact-correct": _on("fact", "la"),
    "fact-withdraw": _on("fact", "la"),
    "note": Door(query="?on={call}"),
    "note-about": _on("call", get=302),
    "need-new": _on("call", "la"),
    "need-change": _on("need", "la"),
    "need-amend": _on("need", "la"),
    "need-end": _on("need", "la"),
    "need": _on("need"),
    "pledge": _on("need", "chicago"),
    "pledge-end": _on("fresh-pledge", "chicago"),
    "accept": _on("fresh-pledge", "la"),
    "turn-down": _on("fresh-pledge", "la"),
    "dispatch": _on("pledge", "chicago"),
    "deliver": _on("shipment", "chicago"),
    "confirm": _on("shipment", "la"),
    "dispute": _on("shipment", "la"),
    "settle": _on("shipment", "chicago"),
    "give-back": _on("shipment", "la"),
    "shipment": _on("shipment"),
    "pack": _on("shipment", "chicago"),
    "labels": _on("shipment"),
    "driver": _on("shipment"),
    "scan-shipment": _on("shipment"),
    "scan-parcel": Door(("shipment", 1)),
    "roster": _on("pledge"),
    "person-new": _on("pledge", "chicago"),
    "person-several": _on("pledge", "chicago"),
    "person-end": _on("awaited", "chicago"),
    "check-in": _on("pledge"),
    "release": _on("pledge"),
    "homecoming": _on("pledge", "chicago"),
    "hours-new": _on("pledge", "chicago"),
    "hours-end": _on("hours", "chicago"),
    "arrival-end": _on("arrival", "la"),
    "departure-end": _on("departure", "la"),
    "homecoming-end": _on("homecoming", "chicago"),
    "shift-new": _on("pledge"),
    "shift-end": _on("shift", "la"),
    "roll-new": _on("pledge"),
    "roll": _on("roll"),
    "roll-answer": _on("roll"),
    "roll-end": _on("roll", "la"),
    "ics-211": _on("pledge"),
    "ics-214": _on("pledge"),
    "plan": _on("plan"),
    "plan-line": Door(("plan", 0)),
    "plan-take": Door(("plan", 0), whose="chicago"),
    "plan-decline": Door(("plan", 0), whose="chicago"),
    "need-confirm": _on("phone-need", "la"),
    "mission": _on("mission"),
    "mission-step": _on("mission", "chicago"),
    "mission-recall": _on("mission", "chicago"),
    "mission-reception": _on("mission", "la"),
    "mission-extend": _on("mission", "la"),
    "mission-form": _on("mission"),
    "need-form": _on("phone-need"),
    "offer-new": _on("bare-pledge", "chicago"),
    "offer-end": _on("offered-offer", "chicago"),
    "agreement-new": _on("offered-offer", "la"),
    "agreement-countersign": _on("signed-agreement", "chicago"),
    "mission-new": _on("approved-agreement", "chicago"),
    "extension-grant": _on("extension", "chicago"),
    "exchange-message": Door((1,), get=404),
    "exchange-ack": Door((1,), get=404),
    "exchange-draft": Door((1,), get=404),
    "exchange-aside": Door((1,), get=405),
    "need-edxl": _on("need"),
    "call-cap": _on("call"),
    "view-save": Door(get=405),
    "view-remove": Door((1,), get=405),
    "feed-revoke": Door((1,), get=405),
    "feed": Door(("feed_of-nobody", "needs.csv"), get=404),
    "mission-costs": _on("pledge"),
    "cost-new": _on("pledge", "chicago"),
    "labour-new": _on("pledge", "chicago"),
    "cost-evidence": _on("cost-open", "chicago"),
    "cost-end": _on("cost-open", "chicago"),
    "claim-new": _on("pledge", "chicago"),
    "claim-end": _on("claim", "chicago"),
    "claim-answer": _on("claim", "la"),
    "advance": _on("pledge", "la"),
    "pay": _on("pledge", "la"),
    "repay": _on("pledge", "chicago"),
    "cost-audit": _on("pledge"),
    "claim-pdf": _on("pledge"),
    "claim-csv": _on("pledge"),
    "limit-end": _on("limit", "la"),
    "package": _on("package"),
    "package-change": _on("package", "la"),
    "package-proof": _on("package", "la"),
    "package-end": _on("package", "la"),
    "import": _on("import", "la"),
    "import-commit": Door(get=405),
    "import-undo": _on("import", get=405),
    "inventory-export": Door(("packages", "csv")),
    "sync": Door(get=404),
    "witness-add-checkpoint": Door(get=404),
    "api-token-revoke": Door(("token-number",), get=405),
    "api-record": _on("call"),
    "api-rows": _on("needs"),
    "api-row": Door(("needs", "need")),
    "demo-now": Door(demo=True),
    "demo-run": Door(demo=True, get=405),
    "demo-speed": Door(demo=True, get=405),
    "demo-again": Door(demo=True, get=405),
    "demo-chair": Door(demo=True, get=405),
    "mfa_remove_webauthn": Door((1,)),
    "mfa_edit_webauthn": Door((1,)),
}

AGAIN = (302, "allauth asks again who it is before a second factor changes")
NO_FACTOR = (404, "this account has no such second factor")
HALFWAY = (302, "a step within signing in; whoever is not in it is sent to its beginning")
IN = (302, "who is signed in has nothing to do here")

OTHERWISE: dict[tuple[str, str], tuple[int, str]] = {
    ("account_login", "known"): IN,
    ("account_logout", "unknown"): (302, "who is not signed in has nothing to do here"),
    ("account_set_password", "known"): (302, "who has a password changes it"),
    ("chairs", "anonymous"): (302, "shows a visitor of a demo every office, and others their own"),
    ("mfa_activate_totp", "known"): AGAIN,
    ("mfa_add_webauthn", "known"): AGAIN,
    ("mfa_authenticate", "known"): HALFWAY,
    ("mfa_authenticate", "unknown"): HALFWAY,
    ("mfa_deactivate_totp", "known"): NO_FACTOR,
    ("mfa_download_recovery_codes", "known"): NO_FACTOR,
    ("mfa_edit_webauthn", "known"): AGAIN,
    ("mfa_generate_recovery_codes", "known"): AGAIN,
    ("mfa_login_webauthn", "known"): HALFWAY,
    ("mfa_login_webauthn", "unknown"): HALFWAY,
    ("mfa_reauthenticate", "known"): (302, "goes on to the way that this account has"),
    ("mfa_reauthenticate_webauthn", "known"): (302, "goes on to the way that this account has"),
    ("mfa_remove_webauthn", "known"): AGAIN,
    ("mfa_view_recovery_codes", "known"): NO_FACTOR,
}
"""What a GET gives to whoever is let in (by role, or to all who have an account, or have none), and why."""


def patterns() -> list[URLPattern]:
    """Every address of a node, allauth's and the demo's too."""
    return sorted(_walk(get_resolver(ADDRESSES)), key=lambda one: str(one.name))


def _walk(resolver: URLResolver) -> Iterator[URLPattern]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from _walk(one)
        else:
            yield one


def is_example_missing(pattern: URLPattern) -> bool:
    """Whether the address takes arguments and nobody gave any."""
    return bool(pattern.pattern.converters or pattern.pattern.regex.groups) and (
        pattern.name not in DOORS
    )


def visits() -> Iterator[tuple[URLPattern, Role]]:
    """Everyone at every address. Where no office counts, one of those who hold one stands for all."""
    for pattern in patterns():
        access = getattr(pattern.callback, "access", "")
        for role in ROLES:
            if (
                access in {"account", "token"}
                and role.place
                and role.office not in ("note", "chief")
            ):
                continue
            yield pattern, role


def outcome(access: str, role: Role, *, demo: bool = False) -> str:
    """What this role meets: `absent` (outside a demo), `in`, `sign-in`, `choose` (an office), `ended`, `lacks <capability>`, or `token`."""
    if demo and not role.demo:
        return "absent"
    if access in {"token", "public"}:
        return "token" if access == "token" else "in"
    if access == "account":
        return "in" if role.known else "sign-in"
    if access == "signed-in" and role.demo:
        return "in"
    if role.ended:
        return "ended"
    if not role.seated:
        return "choose" if role.known or role.demo else "sign-in"
    capability = access.removeprefix("can:")
    return "in" if access in FIXED or role.may(capability) else f"lacks {capability}"
