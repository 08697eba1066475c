"""Notices: a person's own addresses, and the word that something waits. Never what."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hansa.pages.access import account


@account
def notices(request: HttpRequest) -> HttpResponse:
    """Show and change where this person is told that something waits."""
    return render(request, "web/notices.html", {"addresses": request.user.notice_addresses.order_by("url")})
