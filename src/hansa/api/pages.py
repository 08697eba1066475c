"""`/api/tokens`: the page on which an officer makes and revokes the tokens of the office."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from hansa.api import tokens as kept
from hansa.api.models import ApiToken
from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.pact.tokens import LONGEST_DAYS
from hansa.pages.access import Chair, chair_of, seated


class TokenForm(forms.Form):
    """What a new token is asked."""

    name = forms.CharField(
        max_length=80,
        label=gettext_lazy("What will use it?"),
        help_text=gettext_lazy("Such as: our inventory system."),
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
def tokens(request: HttpRequest) -> HttpResponse:
    """List the office's tokens; make one, and show its secret this once."""
    chair = _chair(request)
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            secret, _row = kept.make(chair.by, form.cleaned_data["name"], form.cleaned_data["days"])
            form = TokenForm()
        except Refused as refusal:
            form.add_error(
                refusal.field if refusal.field in form.fields else None, refusal.sentence
            )
    found = ApiToken.objects.filter(officer=chair.by).order_by("-created")
    return render(
        request,
        "api/tokens.html",
        {"form": form, "secret": secret, "tokens": found, "now": clock.now(), "chair": chair},
    )


@seated
@require_POST
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Revoke one of the office's tokens."""
    try:
        gone = kept.revoke(number, _chair(request).by)
        messages.success(
            request,
            _("The token “%(name)s” is revoked. Nothing can use it any more.")
            % {"name": gone.name},
        )
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("api-tokens")


def _chair(request: HttpRequest) -> Chair:
    chair = chair_of(request)
    if chair is None:
        raise RuntimeError("@seated lets nobody in without a chair")
    return chair
