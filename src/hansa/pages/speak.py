"""The page on which an officer says something: one view for every kind, derived or dressed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from hansa.kernel.errors import Refused
from hansa.kernel.log import Draft
from hansa.kernel.record import Record
from hansa.pages.access import Chair, chair_of, lacking
from hansa.pages.approve import note, say_or_ask, wants_change
from hansa.pages.forms import Choice, RecordForm, form_for, readers, upon

UNPROCESSABLE = 422


def speak(  # noqa: PLR0913 - one keyword for each thing in which one page differs from another
    request: HttpRequest,
    kind: type[Record],
    *,
    done: str | Callable[[str], str],
    title: str,
    button: str,
    fixed: Mapping[str, Any] | None = None,
    initial: Mapping[str, Any] | None = None,
    choices: Mapping[str, Sequence[Choice]] | None = None,
    template: str = "pages/speak.html",
    context: Mapping[str, Any] | None = None,
    audience: str = "",
) -> HttpResponse:
    """Show the form of `kind`; when it is posted, say it and go on to `done` (a URL, or a function of the position).

    A refusal stands at its field with all that was typed. A form posted twice says one thing.
    """
    chair = chair_of(request)
    if chair is None:
        raise RuntimeError("speak() needs a view that is @seated or @capable")
    if not chair.may(kind.by):
        return lacking(request, kind.by)
    audience = audience or upon(kind, fixed or {})
    made = form_for(
        kind, chair=chair, initial=initial, fixed=fixed, choices=choices, audience=audience
    )
    form = made(request.POST, request.FILES) if request.method == "POST" else made()
    said = _say(request, form, chair, audience, title) if request.method == "POST" else None
    if isinstance(said, HttpResponse):
        return said
    if said is not None:
        messages.success(request, _("Saved as %(position)s.") % {"position": said})
        return _go(request, done if isinstance(done, str) else done(said))
    page = {
        "form": form,
        "kind": kind,
        "title": title,
        "button": button,
        "asks_audience": "audience" in form.fields,
        "readers": readers(kind, chair, audience),
        "approval": note(kind, chair),
        **(context or {}),
    }
    return render(request, template, page, status=UNPROCESSABLE if _faulty(request, form) else 200)


def _say(
    request: HttpRequest, form: RecordForm, chair: Chair, audience: str, title: str
) -> str | HttpResponse | None:
    """Return the new record's position, the page on which it is approved, or None with the reason on the form."""
    if "more" in request.POST or wants_change(request):
        form.look_again()  # only one more row was asked for, or another look at what was typed
        return None
    if not form.is_valid():
        return None
    token = form.cleaned_data.get("once")
    try:
        draft = Draft(
            form.kind.read(form.says()),
            chair.log,
            chair.by,
            audience or form.audience,
            f"form/{chair.by}/{token}" if token else "",
        )
        return say_or_ask(request, draft, title=title, form=form)
    except Refused as refusal:
        form.take(refusal)
        return None


def _go(request: HttpRequest, url: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def _faulty(request: HttpRequest, form: RecordForm) -> bool:
    """Tell whether to answer with an error status. htmx shows only what comes with 200."""
    return request.method == "POST" and bool(form.errors) and not request.headers.get("HX-Request")
