"""The demo's own buttons. They exist in a demo home only, and so does taking any chair."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hansa.node.demo.conductor import SPEEDS, Conductor, playing, start_again
from hansa.pages.access import signed_in
from hansa.web.chairs import CHOSEN, live_chairs, take, when_seated


def _wait() -> None:
    """Let the story that plays here, if one does, wait for whoever sat down."""
    conductor = playing()
    if conductor is not None:
        conductor.wait()


when_seated(_wait)

View = Callable[..., HttpResponseBase]


def demo_only(view: View) -> View:
    """Let the view be there in a demo home, and nowhere else."""

    @wraps(view)
    def there(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        if not settings.DEMO:
            raise Http404
        return view(request, **arguments)

    return there


@demo_only
@signed_in
@require_GET
def now(request: HttpRequest) -> HttpResponse:
    """Return the moving part of the bar."""
    return render(request, "demo/now.html")


@demo_only
@signed_in
@require_POST
def run(request: HttpRequest) -> HttpResponseBase:
    """Pause, or go on."""
    conductor = playing()
    if conductor is not None:
        conductor.run(running=request.POST.get("running") == "1")
    return _back(request, conductor)


@demo_only
@signed_in
@require_POST
def hasten(request: HttpRequest) -> HttpResponseBase:
    """Change the speed."""
    conductor, given = playing(), request.POST.get("speed", "")
    if conductor is not None:
        if given not in map(str, SPEEDS):
            messages.error(request, _("Choose one of the speeds shown."))
        else:
            conductor.hasten(int(given))
    return _back(request, conductor)


@demo_only
@signed_in
@require_POST
def again(request: HttpRequest) -> HttpResponseBase:
    """Start anew in a fresh home. The port stays open meanwhile, so the browser only has to wait."""
    if not start_again():
        messages.error(
            request, _("This demo cannot be started again from here. Stop it and type “make demo”.")
        )
        return _back(request, playing())
    response = render(request, "demo/again.html")
    response["Refresh"] = f"1; url={reverse('home')}"
    response["Connection"] = "close"
    return response


@demo_only
@signed_in
@require_POST
def sit(request: HttpRequest) -> HttpResponseBase:
    """Take any officer's chair, or leave it (no officer given). The story waits for a visitor who sits down."""
    given = request.POST.get("officer", "")
    if not given:
        if request.session.pop(CHOSEN, None):
            messages.info(request, _("You are a visitor again."))
        else:
            messages.error(request, _("Choose an office first."))
        return _back(request, playing(), known=True)
    found = live_chairs([given])
    if found:
        take(request, given)
        words = {"office": found[0].office, "member": found[0].member}
        messages.success(
            request,
            _(
                "You act as %(office)s of %(member)s now. Only in a demo: on a real node officers sign in."
            )
            % words,
        )
    else:
        messages.error(
            request, _("This office does not exist, or its term has ended. Choose another.")
        )
    return _back(request, playing(), known=True)


def _back(
    request: HttpRequest, conductor: Conductor | None, *, known: bool = False
) -> HttpResponseRedirect:
    if conductor is None and not known:
        messages.info(request, _("Nothing is playing here now."))
    there: Any = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()}):
        there = reverse("home")
    return HttpResponseRedirect(there)
