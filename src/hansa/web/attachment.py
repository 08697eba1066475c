"""Attachments: read by whoever may read a record that carries them, and only while they are what was sealed."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from hansa.kernel import search
from hansa.kernel.errors import Untrusted
from hansa.kernel.fields import File
from hansa.kernel.files import kept, path_of
from hansa.kernel.given import may_be_given
from hansa.kernel.reading import may_read
from hansa.kernel.telling import tell
from hansa.pages.access import chair_of, signed_in

CITING = 20
"""Records looked at for the name under which the reader knows the file."""


@signed_in
def attachment(request: HttpRequest, digest: str) -> HttpResponse:
    """Hand out the file with this SHA-256. It is never shown in place: it was made by nobody we know."""
    chair = chair_of(request)
    known = _known(digest, chair.log if chair else None)
    if known is None:
        raise Http404
    if not kept(digest):
        message = _(
            "This attachment has not come here yet. It is asked for at every node that may have it; try again in a few minutes."
        )
        return render(request, "pages/message.html", {"message": message}, status=404)
    try:
        content = path_of(digest).read_bytes()
    except Untrusted as error:
        message = _("This attachment cannot be handed out: %(why)s") % {"why": error.sentence}
        return render(request, "pages/message.html", {"message": message}, status=410)
    disposition = (
        content_disposition_header(as_attachment=True, filename=known.name) or "attachment"
    )
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": disposition},
    )


def _known(digest: str, log: str | None) -> File | None:
    """Return the file as a record that `log` may read names it, and under which it may have it; or None."""
    for told in tell(search.find(digest, log, CITING)):
        for file in getattr(told.record, "files", []):
            if file.sha256 == digest and may_be_given(
                told.entry, digest, lambda one: may_read(one, log)
            ):
                return file  # type: ignore[no-any-return]  # every kind's `files` are Files
    return None
