"""allauth's pages as this node offers them: those that need no mail and let nobody sign up, each with its access."""

from collections.abc import Iterable
from typing import Any

from allauth.account import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path

from hansa.pages.access import public

ENTRANCE = {
    "account_login",
    "account_logout",
    "account_inactive",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "mfa_trust",
}
"""Pages of allauth that one sees before one is signed in. All others need an account."""


@public
def by_invitation(request: HttpRequest) -> HttpResponse:
    """Say how one gets an account, or back into it: from one's keeper, who makes an invitation."""
    return render(request, "web/by_invitation.html")


def doors() -> list[URLPattern | URLResolver]:
    """Return the addresses below /account/."""
    patterns: list[URLPattern | URLResolver] = [
        path("login/", views.login, name="account_login"),
        path("logout/", views.logout, name="account_logout"),
        path("inactive/", views.account_inactive, name="account_inactive"),
        path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
        path("password/change/", views.password_change, name="account_change_password"),
        path("password/set/", views.password_set, name="account_set_password"),
        path("signup/", by_invitation, name="account_signup"),
        path("password/reset/", by_invitation, name="account_reset_password"),
        path("2fa/", include("allauth.mfa.urls")),
    ]
    _mark(patterns)
    return patterns


def _mark(patterns: Iterable[Any]) -> None:
    """Write on each of allauth's views who may see it; allauth itself enforces it."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            _mark(pattern.url_patterns)
        elif not hasattr(pattern.callback, "access"):
            pattern.callback.access = "public" if pattern.name in ENTRANCE else "account"
