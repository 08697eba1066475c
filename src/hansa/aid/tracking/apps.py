"""Tracking as a Django app."""

from django.apps import AppConfig


class TrackingConfig(AppConfig):
    """Parcels, labels, scans."""

    name = "hansa.aid.tracking"
    label = "tracking"

    def ready(self) -> None:
        """Register the kinds."""
        from hansa.aid.tracking import records
        from hansa.kernel.codes import explain

        explain(
            scanned_before="all of it was scanned so before",
            no_parcel="it names a parcel that the shipment does not have",
            not_own_shipment="the shipment is another member's",
        )
        self.kinds = records
