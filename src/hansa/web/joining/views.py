"""The pages on which a newcomer asks to join and follows a welcome, and on which a member vouches for one."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.models import Log
from hansa.kernel.sync.joining import follow_all, write_request
from hansa.kernel.sync.letters import Request, Welcome, read_request, read_welcome
from hansa.pact.joining import vouch
from hansa.pages.access import Chair, capable, chair_of
from hansa.pages.approve import Asked, asking, wants_change
from hansa.web.joining.paper import as_page, qr_of

L = TypeVar("L", Request, Welcome)


@capable("keeper")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Show the own member's letter, and take in the welcome that a member of the pact sent back."""
    letter = write_request(_chair(request).log)
    shown: dict[str, Any] = {"letter": letter, "asked": read_request(letter)}
    shown["qr"] = qr_of(shown["asked"])
    given, context = _given(request, read_welcome)
    if given is not None and "same" in request.POST:
        try:
            fresh = follow_all(given)
        except Refused as refusal:
            context["problem"] = refusal.sentence
        else:
            messages.success(request, _followed(fresh))
            return redirect("members")
    others = Log.objects.filter(mine=False).count()
    return render(request, "web/joining/join.html", {**shown, **context, "others": others})


@capable("keeper")
@require_safe
def letter_page(request: HttpRequest) -> HttpResponse:
    """Show the own member's letter as one sheet to print."""
    return HttpResponse(as_page(write_request(_chair(request).log)))


@capable("sign")
@require_http_methods(["GET", "HEAD", "POST"])
def newcomer(request: HttpRequest) -> HttpResponse:
    """Take a newcomer's letter, let the officer compare the fingerprint, then vouch, invite and answer."""
    given, context = _given(request, read_request)
    if given is not None and "same" in request.POST and not wants_change(request):
        try:
            with asking(request, title=_("Vouch for a newcomer")):
                vouched = vouch(given, _chair(request).by)
        except Asked as asked:
            return asked.page
        except (Refused, Untrusted) as error:
            context["problem"] = error.sentence
        else:
            return render(request, "web/joining/welcome.html", {"vouched": vouched})
    return render(request, "web/joining/newcomer.html", context)


def _given(request: HttpRequest, read: Callable[[str], L]) -> tuple[L | None, dict[str, Any]]:
    """Return the letter that was pasted, if it holds, and what the page shows of it; nothing typed is lost."""
    text = request.POST.get("letter", "")
    if request.method != "POST":
        return None, {"text": ""}
    try:
        given = read(text)
    except Untrusted as error:
        return None, {"text": text, "problem": error.sentence}
    return given, {"text": text, "given": given}


def _followed(fresh: list[str]) -> str:
    if not fresh:
        return _("All logs of this letter were followed before.")
    return _(
        "%(number)s logs are followed from now on. Their records will come as soon as their nodes can be reached."
    ) % {"number": len(fresh)}


def _chair(request: HttpRequest) -> Chair:
    chair = chair_of(request)
    if chair is None:  # the door let nobody else in
        raise Refused(_("Choose the office in which you act."))
    return chair
