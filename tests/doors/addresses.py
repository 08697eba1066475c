"""Every address that a node can have: its own, and those that only a demo has."""

from django.urls import include, path

from hansa.node import urls

urlpatterns = [*urls.urlpatterns, path("demo/", include("hansa.node.demo.urls"))]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500
