"""Addresses of the pages that look across all parts."""

from django.urls import path, re_path

from hansa.web.attachment import attachment
from hansa.web.history import history
from hansa.web.home import home, seen
from hansa.web.live import live
from hansa.web.map import pact_map
from hansa.web.record import proof, record
from hansa.web.search import search

urlpatterns = [
    path("", home, name="home"),
    path("seen", seen, name="seen"),
    path("history", history, name="history"),
    path("record/<position:position>", record, name="record"),
    path("record/<position:position>.zip", proof, name="record-proof"),
    re_path(r"^file/(?P<digest>[0-9a-f]{64})$", attachment, name="file"),
    path("search", search, name="search"),
    path("live", live, name="live"),
    path("map", pact_map, name="map"),
]
