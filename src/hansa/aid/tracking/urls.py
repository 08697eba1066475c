"""Tracking's addresses, and what it adds to the page of a shipment."""

from django.urls import path

from hansa.aid.tracking.pages import packing, panel, scans
from hansa.pages import panels as boards

urlpatterns = [
    path("shipment/<position:key>/pack", packing.pack, name="pack"),
    path("shipment/<position:key>/labels.pdf", packing.labels, name="labels"),
    path("shipment/<position:key>/driver.pdf", packing.driver, name="driver"),
    path("scan", scans.scan, name="scan"),
    path("scan-worker.js", scans.worker, name="scan-worker"),
    path("scan/<position:key>", scans.scan_named, name="scan-shipment"),
    path("scan/<position:key>/<int:parcel>", scans.scan_named, name="scan-parcel"),
]

boards.register("shipment", 40, panel.on_shipment)
