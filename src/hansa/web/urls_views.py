"""Addresses of the pages that look across all parts."""

from django.urls import path

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
    path("search", search, name="search"),
    path("live", live, name="live"),
    path("map", pact_map, name="map"),
]
