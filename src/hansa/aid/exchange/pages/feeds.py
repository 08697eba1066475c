"""`/feeds`: the page on which an officer makes and revokes feed tokens; `/feed/…`: what they fetch."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hansa.aid.exchange import tokens
from hansa.aid.exchange.feeds import FEEDS
from hansa.aid.exchange.models import Feed, FeedToken
from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.kernel.home import home
from hansa.pact.models import Member
from hansa.pact.pages.seeing import place_refusal, seat
from hansa.pact.tokens import LONGEST_DAYS, LONGEST_NAME
from hansa.pages.access import public, seated

NOTHING_YET, TOO_MANY = 204, 429


class FeedForm(forms.Form):
    """What a new feed token is asked."""

    feed = forms.ChoiceField(choices=Feed.choices, label=gettext_lazy("Which feed?"))
    name = forms.CharField(
        max_length=LONGEST_NAME,
        label=gettext_lazy("What will fetch it?"),
        help_text=gettext_lazy("Such as: calendar of the duty room."),
    )
    days = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_DAYS,
        initial=90,
        label=gettext_lazy("For how many days?"),
        localize=True,
    )


@seated
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def feeds(request: HttpRequest) -> HttpResponse:
    """List the office's feed tokens; make one, and show its address this once."""
    chair = seat(request)
    form, address = FeedForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data
            secret, row = tokens.make(chair.by, given["feed"], given["name"], given["days"])
            address = f"{settings.NODE_URL}{reverse('feed', args=[secret, row.feed])}"
            form = FeedForm()
        except Refused as refusal:
            place_refusal(form, refusal)
    found = FeedToken.objects.filter(officer=chair.by).order_by("-created", "-pk")
    context = {"form": form, "address": address, "tokens": found, "now": clock.now()}
    return render(request, "exchange/feeds.html", {**context, "chair": chair})


@seated
@require_POST
def feed_revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Revoke one of the office's feed tokens."""
    try:
        gone = tokens.revoke(number, seat(request).by)
        said = _("The feed token “%(name)s” is revoked. Nothing can fetch with it any more.")
        messages.success(request, said % {"name": gone.name})
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("feeds")


@public
@require_safe
def feed(request: HttpRequest, secret: str, name: str) -> HttpResponse:
    """Give the feed that this token is for. Any other name, and any token that is no more, is simply not there."""
    try:
        officer = tokens.reader(secret, name)
    except Refused as refusal:
        return HttpResponse(refusal.sentence, status=TOO_MANY, content_type="text/plain")
    if officer is None:
        raise Http404(_("There is no such feed, or its token was revoked or has expired."))
    make, kind = FEEDS[name]
    zone = Member.objects.filter(home=officer.home).values_list("zone", flat=True).first()
    with timezone.override(zone or "UTC"):
        content = make(officer.home)
    if not content:
        return HttpResponse(status=NOTHING_YET)
    mark = "exercise-" if home().exercise else ""
    return HttpResponse(
        content,
        content_type=kind,
        headers={
            "Content-Disposition": f'inline; filename="{mark}{name}"',
            "Cache-Control": "private, no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    )
