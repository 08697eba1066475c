"""Aid as a Django app."""

from django.apps import AppConfig


class AidConfig(AppConfig):
    """Needs, pledges, shipments, receipts, stock."""

    name = "hansa.aid"
    label = "aid"

    def ready(self) -> None:
        """Register the kinds."""
        from hansa.aid import records
        from hansa.kernel.codes import explain

        explain(
            weapon="weapons are no resource type",
            bad_code="its code is not made of lower-case letters, digits and hyphens",
            need_cancelled="the need was cancelled",
            not_by_phone="the request was made in writing",
            confirmed_before="it was confirmed before",
            on_a_mission="it is offered on a mission",
            needs_mission="people leave by a mission order only, never as a shipment",
            too_much="it is more than is left",
            not_that_pledge="it is not what was pledged",
            delivered_before="it was delivered before",
            unit="the member counts this in another unit",
            own_need="a member does not pledge to itself",
            own_shipment="a member does not receive its own shipment",
            not_own_call="the call is another member's",
            not_own_need="the need is another member's",
            not_own_pledge="the pledge is another member's",
            not_that_call="the need belongs to another call",
            not_that_shipment="it is not what was received before",
            not_received="nothing of it was received",
            nothing_settled="it settles nothing",
            already_received="more was received already",
        )
        self.kinds = records
