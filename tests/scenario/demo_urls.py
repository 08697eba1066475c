"""Every address of a node, with those that only a demo has."""

from django.urls import include, path

from hansa.node.urls import urlpatterns as real

urlpatterns = [*real, path("demo/", include("hansa.node.demo.urls"))]
handler400 = "hansa.web.errors.bad_request"
handler403 = "hansa.web.errors.forbidden"
handler404 = "hansa.web.errors.not_found"
handler500 = "hansa.web.errors.failed"
