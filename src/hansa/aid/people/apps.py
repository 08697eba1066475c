"""People as a Django app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Rosters, check-in, accountability, hours, rest, the way home."""

    name = "hansa.aid.people"
    label = "people"

    def ready(self) -> None:
        """Register the kinds."""
        from hansa.aid.people import records
        from hansa.kernel.codes import explain

        explain(
            bad_reference="its reference number is none",
            bad_span="its times do not follow each other, or lie too far apart",
            closed_before="it was closed before",
            withdrawn_before="it was withdrawn before",
            struck_before="it was taken off before",
        )
        self.kinds = records
