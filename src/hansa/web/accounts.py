"""Accounts: nobody signs up; an office is taken by invitation, and a person may hold several.

A keeper makes an invitation link for an office of its own member and hands it over in person. Whoever
opens it sets a name and a password (or adds the office to the account they have), and is then asked
for a second factor.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model, password_validation
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.pact.models import Member, Officer
from hansa.pact.words import Capability
from hansa.pages.access import capable, chair_of, public
from hansa.web.chairs import CHOSEN, chair, is_live, live_chairs, seats_of, take
from hansa.web.models import Invite, Seat

INVITE_HOURS = 72
"""Hours for which an invitation may be used."""

GONE = 410


class NoOpenSignup(DefaultAccountAdapter):  # type: ignore[misc]  # allauth comes without types
    """Accounts are made by invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def make_invite(officer: str, *, by: str = "", hours: int = INVITE_HOURS) -> str:
    """Return the token of a new invitation to this office; Refused if the office cannot act."""
    office = Officer.objects.filter(key=officer).first()
    if office is None or not is_live(office):
        raise Refused(
            _("This office has ended or does not exist. Appoint it first."), field="officer"
        )
    token = secrets.token_urlsafe(24)
    Invite.objects.create(
        digest=_digest(token), officer=officer, by=by, expires=clock.now() + timedelta(hours=hours)
    )
    return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _open_invite(token: str) -> tuple[Invite, Officer, Member] | None:
    """Return an invitation that may still be used, with its office and member."""
    found = Invite.objects.filter(
        digest=_digest(token), used_at=None, expires__gt=clock.now()
    ).first()
    officer = Officer.objects.filter(key=found.officer).first() if found else None
    member = Member.objects.filter(home=officer.home).first() if officer else None
    if found is None or officer is None or member is None or not is_live(officer):
        return None
    return found, officer, member


def take_seat(user: Any, invite: Invite) -> None:
    """Give the invited office to this account, once; Refused if someone used the invitation meanwhile."""
    with transaction.atomic():
        used = Invite.objects.filter(pk=invite.pk, used_at=None).update(used_at=clock.now())
        if not used:
            raise Refused(_("This invitation was used a moment ago. Ask for a new one."))
        Seat.objects.get_or_create(
            user=user, officer=invite.officer, defaults={"since": clock.now()}
        )


class JoinForm(forms.Form):
    """The name and password of a new account."""

    username = forms.CharField(
        label=gettext_lazy("Choose a user name"),
        max_length=60,
        validators=[UnicodeUsernameValidator()],
        help_text=gettext_lazy("For signing in only. Nobody else sees it."),
        widget=forms.TextInput(
            attrs={"class": "usa-input", "autocomplete": "username", "autocapitalize": "none"}
        ),
    )
    password = forms.CharField(
        label=gettext_lazy("Choose a password"),
        strip=False,
        help_text=gettext_lazy("At least 12 characters. Four unrelated words do well."),
        widget=forms.PasswordInput(attrs={"class": "usa-input", "autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("The password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "usa-input", "autocomplete": "new-password"}),
    )

    def clean_username(self) -> str:
        """Refuse a name that is taken."""
        name: str = self.cleaned_data["username"]
        if get_user_model().objects.filter(username__iexact=name).exists():
            raise ValidationError(
                _(
                    "This user name is taken. Choose another one. If it is yours, sign in first, then open the link again."
                )
            )
        return name

    def clean(self) -> dict[str, Any]:
        """Judge the password, and that it was typed twice alike."""
        data = super().clean() or {}
        password = data.get("password")
        if password:
            try:
                password_validation.validate_password(
                    password, get_user_model()(username=data.get("username", ""))
                )
            except ValidationError as error:
                self.add_error("password", error)
            if data.get("again") and data["again"] != password:
                self.add_error("again", _("This is not the same as above. Type it again."))
        return data


@public
@never_cache
def invite(request: HttpRequest, token: str) -> HttpResponseBase:
    """Let the invited person take the office: with a new account, or with the one they are signed in to."""
    found = _open_invite(token)
    if found is None:
        return render(request, "web/invite_gone.html", status=GONE)
    invitation, officer, member = found
    known = request.user.is_authenticated
    form = JoinForm(request.POST if request.method == "POST" and not known else None)
    if request.method == "POST" and (known or form.is_valid()):
        try:
            return _join(request, invitation, form, known=known)
        except Refused as refusal:
            form = JoinForm()
            messages.error(request, refusal.sentence)
    words = {
        "form": form,
        "chair": chair(officer, member),
        "known": known,
        "can": [Capability(one).label for one in officer.can if one in Capability.values],
    }
    return render(request, "web/invite.html", words)


def _join(
    request: HttpRequest, invitation: Invite, form: JoinForm, *, known: bool
) -> HttpResponseBase:
    with transaction.atomic():
        user: Any = request.user if known else _make_user(form)
        take_seat(user, invitation)
    if not known:
        _sign_in(request, user)
    request.session[CHOSEN] = invitation.officer
    if _protected(user):
        messages.success(request, _("The office is yours. You act in it now."))
        return redirect("home")
    messages.info(
        request,
        _(
            "Your account is ready. Now add a second way to prove that it is you: an authenticator app, or a passkey."
        ),
    )
    return redirect("mfa_index")


def _make_user(form: JoinForm) -> AbstractBaseUser:
    return get_user_model().objects.create_user(
        username=form.cleaned_data["username"], password=form.cleaned_data["password"]
    )


def _sign_in(request: HttpRequest, user: AbstractBaseUser) -> None:
    """Sign in through allauth, so that the person need not type the password again to add a second factor."""
    record_authentication(request, user, method="password", reauthenticated=True)
    perform_login(request, user)


def _protected(user: Any) -> bool:
    return bool(user.authenticator_set.exists())


@public
def chairs(request: HttpRequest) -> HttpResponseBase:
    """Show the offices in which this person may act, and take one. In a demo home, every office."""
    if not settings.DEMO and not request.user.is_authenticated:
        return redirect(f"{reverse('account_login')}?next={reverse('chairs')}")
    mine = live_chairs(None if settings.DEMO else seats_of(request))
    if request.method == "POST":
        return _take(request, {one.by for one in mine})
    here = chair_of(request)
    keeps = bool(here and here.may(Capability.KEEPER) and request.user.is_authenticated)
    return render(
        request,
        "web/chairs.html",
        {
            "chairs": mine,
            "offices": live_of(here.log) if here and keeps else [],
            "next": _next(request),
        },
    )


def live_of(log: str) -> list[Any]:
    """Return the chairs of one member's live offices."""
    return live_chairs(
        Officer.objects.filter(home=log, ended_at=None).values_list("key", flat=True)
    )


def _take(request: HttpRequest, allowed: set[str]) -> HttpResponse:
    asked = request.POST.get("officer", "")
    if asked and asked not in allowed:
        messages.error(request, _("You cannot act in that office. Its term may have ended."))
        return redirect("chairs")
    if asked:
        take(request, asked)
    else:
        request.session.pop(CHOSEN, None)
    return HttpResponseRedirect(_next(request))


def _next(request: HttpRequest) -> str:
    """Return where to go afterwards: only to a page of this node."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    return (
        asked
        if url_has_allowed_host_and_scheme(
            asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        else "/"
    )


@capable(Capability.KEEPER)
@require_POST
@never_cache
def invite_new(request: HttpRequest) -> HttpResponseBase:
    """Make an invitation to an office of one's own member, and show its link once. A demo's visitor invites nobody."""
    here = chair_of(request)
    if not request.user.is_authenticated:
        return redirect("account_login")
    officer = Officer.objects.filter(key=request.POST.get("officer", "")).first()
    if here is None or officer is None or officer.home != here.log:
        messages.error(request, _("Invite to an office of your own member."))
        return redirect("chairs")
    try:
        token = make_invite(officer.key, by=here.by)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("chairs")
    link = request.build_absolute_uri(reverse("invite", args=[token]))
    return render(
        request,
        "web/invite_made.html",
        {"link": link, "officer": officer, "expires": clock.now() + timedelta(hours=INVITE_HOURS)},
    )
