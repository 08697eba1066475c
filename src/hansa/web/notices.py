"""Notices: a person's own addresses, and the word that something waits. Never what.

A notice holds a link to the home page and nothing else, so whoever reads the mail or the phone's screen
learns only that there is a pact.

Trust: an address is typed by an officer and used by this node's network place. So its scheme and host
must be among those that the node's staff named (`NOTICE_SERVICES`); none can point the node at a machine
of its choosing.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.validators import validate_email
from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.kernel import clock
from hansa.kernel.entry import PACT_AUDIENCES
from hansa.kernel.errors import Refused
from hansa.kernel.home import home
from hansa.kernel.models import Entry, Fate, Log, Touch
from hansa.kernel.seal.models import EpochKey
from hansa.pact.ledger import Duty, Ledger, Standing
from hansa.pact.models import Call
from hansa.pages.access import account
from hansa.web.chairs import live_chairs
from hansa.web.models import Channel, LastLook, NoticeAddress, Seat

logger = logging.getLogger(__name__)

PAUSE = timedelta(minutes=15)
"""At least so long between two notices to one address."""

WARNING = timedelta(hours=2)
"""How long before an answer falls due its member is told, if it has not answered."""

OF_ALL = ("pact.call/1", "pact.call-change/1", "pact.amendment/1", "pact.invitation/1")
"""Kinds that ask something of every member."""


def allowed(url: str) -> str:
    """Return a push address that this node may use; Refused says which services it may use."""
    parts = urlsplit(url.strip())
    hosts = settings.NOTICE_SERVICES.get(parts.scheme)
    names = ", ".join(sorted(settings.NOTICE_SERVICES))
    if hosts is None:
        raise Refused(
            _(
                "This node may send to: %(names)s. Give an address such as %(example)s, or ask your IT staff to allow another service."
            )
            % {"names": names, "example": "ntfys://ntfy.sh/my-secret-topic"},
            field="push",
        )
    if parts.query or parts.fragment:
        raise Refused(_("Leave out what follows the “?” or “#”."), field="push")
    if hosts and parts.netloc.rpartition("@")[2] not in hosts:
        raise Refused(
            _(
                "For %(scheme)s this node may use only: %(hosts)s. Ask your IT staff to allow another one."
            )
            % {"scheme": parts.scheme, "hosts": ", ".join(hosts)},
            field="push",
        )
    if not parts.path.strip("/") or _apprise().instantiate(url.strip()) is None:
        raise Refused(
            _("This address is not complete. It reads like %(example)s.")
            % {"example": "ntfys://ntfy.sh/my-secret-topic"},
            field="push",
        )
    return url.strip()


class AddressForm(forms.Form):
    """A person's two addresses."""

    mail = forms.CharField(
        label=gettext_lazy("E-mail"),
        required=False,
        max_length=254,
        validators=[validate_email],
        widget=forms.EmailInput(attrs={"class": "usa-input", "autocomplete": "email"}),
    )
    push = forms.CharField(
        label=gettext_lazy("Push to your phone"),
        required=False,
        max_length=300,
        widget=forms.TextInput(
            attrs={
                "class": "usa-input",
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
        help_text=gettext_lazy(
            "An apprise address, such as ntfys://ntfy.sh/my-secret-topic. Choose a topic that nobody can guess."
        ),
    )

    def clean_push(self) -> str:
        """Take only what the node's staff allowed."""
        url: str = self.cleaned_data["push"]
        try:
            return allowed(url) if url else ""
        except Refused as refusal:
            raise forms.ValidationError(refusal.sentence) from refusal


@account
def notices(request: HttpRequest) -> HttpResponse:
    """Show, change and try out where this person is told that something waits."""
    mine = {one.channel: one for one in NoticeAddress.objects.filter(user=request.user.pk)}
    initial = {channel: one.url for channel, one in mine.items()}
    form = AddressForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        _keep(request.user, form.cleaned_data)
        if "try" in request.POST:
            _try_out(request)
        else:
            messages.success(request, _("Saved."))
        return redirect("notices")
    return render(
        request,
        "web/notices.html",
        {"form": form, "troubled": [one for one in mine.values() if one.trouble]},
    )


def _keep(user: Any, given: dict[str, str]) -> None:
    for channel in Channel.values:
        if not given[channel]:
            NoticeAddress.objects.filter(user=user, channel=channel).delete()
            continue
        kept, made = NoticeAddress.objects.get_or_create(
            user=user, channel=channel, defaults={"url": given[channel], "told": _newest()}
        )
        if not made and kept.url != given[channel]:
            kept.url, kept.trouble = given[channel], ""
            kept.save()


def _try_out(request: HttpRequest) -> None:
    for one in NoticeAddress.objects.filter(user=request.user.pk):
        _send_to(one)
        one.save()
        if one.trouble:
            messages.error(request, f"{one.get_channel_display()}: {one.trouble}")
        else:
            messages.success(
                request,
                _("%(channel)s: a notice is on its way.") % {"channel": one.get_channel_display()},
            )


def deliver() -> int:
    """Tell everyone for whom something waits, once; return how many notices went out.

    Called again and again by the node's worker. A notice that fails is tried again after a pause, and its
    owner sees why on the page of their addresses.
    """
    _know_staff_addresses()
    now, sent = clock.now(), 0
    owed = Ledger(Call.objects.filter(ended_at=None)).all_duties()
    looked = dict(LastLook.objects.values_list("user", "entry"))
    for one in NoticeAddress.objects.filter(Q(told_at=None) | Q(told_at__lte=now - PAUSE)):
        logs = _logs_of(one)
        waits = newest_for(logs, since=max(one.told, looked.get(one.user_id or 0, 0)))
        if waits is None and not falls_due(logs, owed, one.told_at, now):
            continue
        sent += _send_to(one)
        if not one.trouble and waits is not None:
            one.told = waits
        one.told_at = now
        one.save()
    return sent


def falls_due(
    logs: Iterable[str], duties: Sequence[Duty], after: datetime | None, now: datetime
) -> bool:
    """Tell whether, since the last notice, an unanswered duty of these members came near its time or went past it."""
    own = set(logs)
    for duty in duties:
        if duty.member.home in own and duty.standing(now) in {Standing.OWED, Standing.OVERDUE}:
            for mark in (duty.due - WARNING, duty.due):
                if mark <= now and (after is None or after < mark):
                    return True
    return False


def newest_for(logs: Iterable[str], since: int) -> int | None:
    """Return the newest entry after `since` by which others ask something of these members, or None."""
    own = sorted(set(logs))
    if not own:
        return None
    theirs = Q()
    for log in own:
        theirs |= Q(key__startswith=f"{log}@") | Q(key__startswith=f"{log}/")
    touching = Touch.objects.filter(theirs, entry_id__gt=since).values("entry_id")
    sealed = EpochKey.objects.filter(readers__reader__in=own).values("name")
    for_them = Q(audience__in=PACT_AUDIENCES) | Q(audience__in=sealed)
    asks = (
        Entry.objects.filter(for_them, id__gt=since, fate=Fate.DONE)
        .exclude(log__in=own)
        .filter(Q(id__in=touching) | Q(kind__in=OF_ALL))
    )
    found: int | None = asks.aggregate(last=Max("id"))["last"]
    return found


def _logs_of(one: NoticeAddress) -> list[str]:
    if one.user_id is None:
        return list(Log.objects.filter(mine=True).values_list("name", flat=True))
    keys = Seat.objects.filter(user=one.user_id).values_list("officer", flat=True)
    return [chair.log for chair in live_chairs(keys)]


def _know_staff_addresses() -> None:
    """Keep one row for each address of the node's staff, so that they are told once like everyone."""
    NoticeAddress.objects.filter(user=None).exclude(url__in=settings.NOTICE_URLS).delete()
    for url in settings.NOTICE_URLS:
        NoticeAddress.objects.get_or_create(
            user=None, url=url, defaults={"channel": Channel.PUSH, "told": _newest()}
        )


def _newest() -> int:
    return Entry.objects.aggregate(last=Max("id"))["last"] or 0


def _send_to(one: NoticeAddress) -> bool:
    """Send one notice; on failure leave the reason on the row."""
    try:
        url = (
            _mail(one.url)
            if one.channel == Channel.MAIL
            else one.url
            if one.user_id is None
            else allowed(one.url)
        )
    except Refused as refusal:
        one.trouble = refusal.sentence
        return False
    if send(url):
        one.trouble = ""
        return True
    one.trouble = _(
        "The last notice could not be sent. Check the address; if it is right, ask your IT staff."
    )
    logger.warning("a notice could not be sent by %s", urlsplit(url).scheme)
    return False


def send(url: str) -> bool:
    """Send the notice to one apprise address; return whether the service took it."""
    title = _("Hansa: something waits for you")
    if home().exercise:
        title = f"{_('Exercise')}. {title}"
    herald = _apprise()()
    return bool(herald.add(url) and herald.notify(title=title, body=settings.NODE_URL))


def _apprise() -> Any:
    """Import apprise when it is first needed: it reads the modules of every service it knows."""
    from apprise import Apprise

    return Apprise


def _mail(address: str) -> str:
    """Return the apprise address of a mail through this node's own mail server."""
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    ends = f"from={quote(settings.DEFAULT_FROM_EMAIL)}&to={quote(address)}&smtp={quote(settings.EMAIL_HOST)}"
    if settings.EMAIL_HOST_USER:
        return f"mailtos://{quote(settings.EMAIL_HOST_USER)}:{quote(settings.EMAIL_HOST_PASSWORD)}@{server}?{ends}"
    return f"mailto://{server}?{ends}&mode=insecure&format=text"
