"""Every address of a node. The only place that sees all parts."""

from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from hansa.pages.access import public
from hansa.web.doors import doors

PARTS = {
    "hansa.web.urls": "",
    "hansa.pact.urls": "",
    "hansa.aid.urls": "",
    "hansa.api.urls": "api/",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", include(doors())),
    path("language", public(set_language), name="language"),
    *(path(prefix, include(part)) for part, prefix in PARTS.items() if find_spec(part)),
]
if settings.DEMO and find_spec("hansa.node.demo") and find_spec("hansa.node.demo.urls"):
    urlpatterns.append(path("demo/", include("hansa.node.demo.urls")))

handler400 = "hansa.web.errors.bad_request"
handler403 = "hansa.web.errors.forbidden"
handler404 = "hansa.web.errors.not_found"
handler500 = "hansa.web.errors.failed"
