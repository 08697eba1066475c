"""Who may see a page. Every view wears exactly one of these decorators, and says so as `view.access`.

    @public           anyone
    @signed_in        whoever may read the pact's records: an officer; in a demo home every visitor
    @account          whoever has an account here, with or without an office
    @seated           an officer, acting
    @capable("sign")  an officer who holds this capability

Trust: this is courtesy to people. What an officer may say is judged again when a record is folded.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.kernel.record import OFFICE

View = Callable[..., Any]
Judge = Callable[[HttpRequest], HttpResponse | None]


@dataclass(frozen=True, slots=True)
class Chair:
    """The office in which a person acts: `by` is the officer's key, `log` its member's, `zone` its time zone."""

    by: str
    log: str
    office: str
    member: str
    zone: str
    can: frozenset[str]

    def may(self, capability: str) -> bool:
        """Tell whether this office holds the capability."""
        return capability == OFFICE or capability in self.can


def chair_of(request: HttpRequest) -> Chair | None:
    """Return the office in which this request acts, if it acts in one."""
    chair: Chair | None = getattr(request, "chair", None)
    return chair


def public(view: View) -> View:
    """Let anyone see it."""
    return _guarded(view, "public", lambda _request: None)


def signed_in(view: View) -> View:
    """Let every officer see it, and in a demo home every visitor."""
    return _guarded(
        view, "signed-in", lambda request: None if settings.DEMO else _not_seated(request)
    )


def account(view: View) -> View:
    """Let whoever has an account see it."""
    return _guarded(view, "account", _not_known)


def seated(view: View) -> View:
    """Let an officer see it."""
    return _guarded(view, "seated", _not_seated)


def capable(capability: str) -> Callable[[View], View]:
    """Let an officer see it who holds the capability; tell others which one it is and whom to ask."""

    def decorate(view: View) -> View:
        return _guarded(
            view,
            f"can:{capability}",
            lambda request: _not_seated(request) or _not_capable(request, capability),
        )

    return decorate


def lacking(request: HttpRequest, capability: str) -> HttpResponse:
    """Return the page that says which capability this office lacks, and whom to ask."""
    chair = chair_of(request)
    sentence = _("Your office may not do this. It needs the capability “%(capability)s”.") % {
        "capability": capability_label(capability)
    }
    advice = _(
        "Ask the office that keeps the officers of %(member)s to grant it, or act in another of your offices."
    ) % {"member": chair.member if chair else ""}
    return forbid(request, sentence, advice)


def forbid(request: HttpRequest, sentence: str, advice: str = "") -> HttpResponse:
    """Return the 403 page with this sentence and what to do about it."""
    return render(request, "pages/403.html", {"sentence": sentence, "advice": advice}, status=403)


_LABELS: dict[str, Any] = {}


def capabilities_are(labels: dict[str, Any]) -> None:
    """Let the part that knows the capabilities give their names for people."""
    _LABELS.update(labels)


def capability_label(capability: str) -> str:
    """Return a capability's name for people."""
    return str(_LABELS.get(capability, capability))


def _not_known(request: HttpRequest) -> HttpResponse | None:
    if request.user.is_authenticated:
        return None
    return _elsewhere(request, resolve_url(settings.LOGIN_URL))


def _not_seated(request: HttpRequest) -> HttpResponse | None:
    """Send on whoever holds no office: to sign in, to choose a chair, or to a page that says that it ended."""
    if chair_of(request) is not None:
        return None
    ended = getattr(request, "chair_ended", "")
    if ended:
        return forbid(
            request,
            ended,
            _("Nothing of what you typed was sent. Ask the office that keeps your officers."),
        )
    if settings.DEMO:
        return _elsewhere(request, reverse("chairs"))
    return _not_known(request) or _elsewhere(request, reverse("chairs"))


def _not_capable(request: HttpRequest, capability: str) -> HttpResponse | None:
    chair = chair_of(request)
    return None if chair is not None and chair.may(capability) else lacking(request, capability)


def _elsewhere(request: HttpRequest, url: str) -> HttpResponse:
    """Redirect, and come back after; htmx is told so in its own way."""
    there = f"{url}?next={quote(request.get_full_path())}" if request.method == "GET" else url
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": there})
    return HttpResponseRedirect(there)


def _guarded(view: View, access: str, judge: Judge) -> View:
    """Wrap a sync or async view. The judge reads only what the chair middleware has loaded: no query."""
    if inspect.iscoroutinefunction(view):

        @functools.wraps(view)
        async def guarded_async(
            request: HttpRequest, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            refused = await sync_to_async(judge)(request)
            if refused is not None:
                return refused
            response: HttpResponseBase = await view(request, *args, **kwargs)
            return response

        guarded: View = guarded_async
    else:

        @functools.wraps(view)
        def guarded_sync(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            refused = judge(request)
            response: HttpResponseBase = (
                refused if refused is not None else view(request, *args, **kwargs)
            )
            return response

        guarded = guarded_sync
    guarded.access = access  # type: ignore[attr-defined]
    return guarded
