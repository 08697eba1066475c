"""What a person sees when a page cannot be shown."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that what the browser sent is too long, or cannot be read."""
    if isinstance(exception, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024)
        sentence = _(
            "What you typed is longer than %(most)s MB, so nothing was saved. Go back, shorten it, and attach the long part as a file."
        ) % {"most": most}
    else:
        sentence = _(
            "What your browser sent cannot be read, so nothing was saved. Go back, check what you typed and attached, and send it again."
        )
    return render(request, "pages/400.html", {"sentence": sentence}, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that this page is for others."""
    return render(request, "pages/403.html", {"sentence": "", "advice": ""}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that there is nothing at this address."""
    return render(request, "pages/404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """Say that the node failed. The page uses nothing that may itself have failed: no database, no session."""
    return HttpResponse(render_to_string("pages/500.html"), status=500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form's own key does not fit the session, and what to do."""
    sentence = _("This form is too old, or cookies are off, so nothing was sent.")
    advice = _("Go back, reload the page and send it again. What you typed is still in the page.")
    return render(request, "pages/403.html", {"sentence": sentence, "advice": advice}, status=403)
