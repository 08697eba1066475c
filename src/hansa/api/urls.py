"""The API's addresses, under /api/."""

from django.urls import path, re_path

from hansa.api import openapi, pages, records, rows

urlpatterns = [
    path("tokens", pages.tokens, name="api-tokens"),
    path("tokens/<int:number>/revoke", pages.revoke, name="api-token-revoke"),
    path("openapi.json", openapi.openapi, name="api-openapi"),
    path("records", records.records, name="api-records"),
    re_path(r"^records/(?P<position>[^/]+)$", records.record, name="api-record"),
    path("duties", rows.duties, name="api-duties"),
    path("me", rows.me, name="api-me"),
    path("<str:name>", rows.rows, name="api-rows"),
    path("<str:name>/<path:key>", rows.row, name="api-row"),
]
