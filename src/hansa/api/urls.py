"""The API's addresses."""

from django.urls import path, re_path

from hansa.api import openapi, pages, peers, records, rows

urlpatterns = [
    path("api/tokens", pages.tokens, name="api-tokens"),
    path("api/tokens/<int:number>/revoke", pages.revoke, name="api-token-revoke"),
    path("api/openapi.json", openapi.openapi, name="api-openapi"),
    path("api/records", records.records, name="api-records"),
    re_path(r"^api/records/(?P<position>[^/]+)$", records.record, name="api-record"),
    path("api/duties", rows.duties, name="api-duties"),
    path("api/me", rows.me, name="api-me"),
    re_path(r"^sync/.*$", peers.page, name="sync"),
    path("witness/add-checkpoint", peers.page, name="witness-add-checkpoint"),
    path("api/<str:name>", rows.rows, name="api-rows"),
    path("api/<str:name>/<path:key>", rows.row, name="api-row"),
]
