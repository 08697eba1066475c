"""How a member vouches for a newcomer whose letter it holds: it follows the log, introduces it, and invites."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from hansa.kernel.errors import Refused
from hansa.kernel.note import open_checkpoint
from hansa.kernel.ref import home_of
from hansa.kernel.say import say
from hansa.kernel.sync.joining import take_in, write_welcome
from hansa.kernel.sync.letters import Request
from hansa.kernel.sync.records import Introduced
from hansa.pact import rules
from hansa.pact.models import Invitation, Member
from hansa.pact.records.membership import MemberInvited


@dataclass(frozen=True, slots=True)
class Vouched:
    """What vouching led to: the newcomer, the invitation, and the letter to send back."""

    member: Member
    invitation: str
    welcome: str


def vouch(request: Request, by: str) -> Vouched:
    """Follow, introduce and invite the newcomer in the officer's name; doing it again says nothing twice.

    The officer has compared the fingerprint. Refused in words where something does not fit.
    """
    log = home_of(by)
    pact = rules.require_member(log).pact
    if pact is None:
        raise Refused(_("There is no pact here yet. Found one first."), code="no-pact")
    taken = take_in(request)
    member = Member.objects.filter(key=f"{taken.name}@0").first()
    if member is None:
        raise Refused(
            _(
                "This log does not begin with a government's founding record, or its records could not be read here. Its address is %(url)s: try again when it can be reached."
            )
            % {"url": request.url or _("not given")},
            code="not-founded",
        )
    introduction = Introduced(log=taken.name, vkey=request.verifier.vkey(), url=request.url)
    # The head in the letter makes a second letter by the same newcomer another request.
    head = open_checkpoint(request.head, request.verifier)
    say(introduction, log=log, by=by, once=f"introduce:{log}:{taken.name}:{head.root.hex()[:32]}")
    earlier = Invitation.objects.filter(home=log, pact=pact.key, member=member.key).first()
    invitation = (
        earlier.key
        if earlier
        else say(MemberInvited.read({"pact": pact.key, "member": member.key}), log=log, by=by)
    )
    return Vouched(member, invitation, write_welcome(log, taken.name, pact.key))
