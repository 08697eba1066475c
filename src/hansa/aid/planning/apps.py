"""Planning as a Django app."""

from django.apps import AppConfig


class PlanningConfig(AppConfig):
    """What members would lend, what they can move, and the plans made of it."""

    name = "hansa.aid.planning"
    label = "planning"

    def ready(self) -> None:
        """Register the kinds."""
        from hansa.aid.planning import records
        from hansa.kernel.codes import explain

        explain(
            bad_plan="it does not say in one way which file it publishes and what it rests on",
            not_that_plan="it declines a need of its own member",
        )
        self.kinds = records
