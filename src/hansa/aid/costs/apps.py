"""Costs as a Django app."""

from django.apps import AppConfig


class CostsConfig(AppConfig):
    """Cost lines, evidence, claims, settlement."""

    name = "hansa.aid.costs"
    label = "costs"

    def ready(self) -> None:
        """Register the kinds."""
        from hansa.aid.costs import records
        from hansa.kernel.codes import explain

        explain(
            bad_currency="its currency is not three capital letters",
            not_those_hours="the hours that it names are not of this mission, or do not stand",
            not_own_line="the cost line is another member's",
            claimed="the cost line stands in a claim",
            not_claimable="a line of it is withdrawn, an estimate, given for nothing, claimed before, or of another mission",
            not_that_sum="it is not the sum of its lines",
            own_claim="a member does not answer its own claim",
            own_mission="a member does not pay itself",
        )
        self.kinds = records
