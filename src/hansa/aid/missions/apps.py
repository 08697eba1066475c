"""Missions as a Django app."""

from django.apps import AppConfig


class MissionsConfig(AppConfig):
    """Offers, agreements, orders, phases, gates."""

    name = "hansa.aid.missions"
    label = "missions"

    def ready(self) -> None:
        """Register the kinds."""
        from hansa.aid import lines
        from hansa.aid.missions import records, rules
        from hansa.kernel.codes import explain

        explain(
            ends_first="it ends before it begins",
            not_latest_offer="it is not about the version of the offer that stood",
            offer_withdrawn="the offer did not stand any more",
            not_own_offer="the offer is another member's",
            own_agreement="a member does not countersign its own agreement",
            own_mission="the mission is its own",
            not_countersigned="the giver had not countersigned the agreement",
            mission_ordered="a mission is ordered on it already",
            pledge_withdrawn="the pledge was taken back",
            unit_committed="the team is out on another mission",
            said_before="it was said before",
            not_in_this_phase="it cannot be said in this phase",
        )
        lines.register(rules.lent)
        self.kinds = records
