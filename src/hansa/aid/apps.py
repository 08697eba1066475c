"""Aid as a Django app."""

from django.apps import AppConfig


class AidConfig(AppConfig):
    """Needs, pledges, shipments, receipts, stock."""

    name = "hansa.aid"
    label = "aid"

    def ready(self) -> None:
        """Register the kinds."""
        from hansa.aid import records
        from hansa.kernel.fold import explain

        explain(
            weapon="weapons are no resource type",
            bad_code="its code is not made of lower-case letters, digits and hyphens",
            need_cancelled="the need was cancelled",
            reserve="it would go below the member's own reserve",
            stock="the member does not hold so much",
            too_much="it is more than is left",
            not_that_pledge="it is not what was pledged",
            delivered_before="it was delivered before",
        )
        self.kinds = records
