"""Every address of a node. The only place that sees all parts."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from hansa.node import watch
from hansa.pages.access import public
from hansa.web.doors import doors

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", watch.page, name="health"),
    path("ready", watch.page, name="ready"),
    path("metrics", watch.page, name="metrics"),
    path("account/", include(doors())),
    path("language", public(set_language), name="language"),
    path("", include("hansa.web.urls")),
    path("", include("hansa.pact.urls")),
    path("", include("hansa.aid.urls")),
    path("", include("hansa.aid.inventory.urls")),
    path("", include("hansa.aid.missions.urls")),
    path("", include("hansa.aid.planning.urls")),
    path("", include("hansa.aid.people.urls")),
    path("", include("hansa.aid.costs.urls")),
    path("", include("hansa.aid.tracking.urls")),
    path("", include("hansa.aid.exchange.urls")),
    path("", include("hansa.api.urls")),
    path("demo/", include("hansa.node.demo.urls")),
]

handler400 = "hansa.web.errors.bad_request"
handler403 = "hansa.web.errors.forbidden"
handler404 = "hansa.web.errors.not_found"
handler500 = "hansa.web.errors.failed"
