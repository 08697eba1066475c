"""The web face as a Django app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Accounts, their chairs and their notices."""

    name = "hansa.web"
    label = "web"

    def ready(self) -> None:
        """Tell the shared pages what the capabilities are called."""
        from hansa.pact.words import Capability
        from hansa.pages.access import capabilities_are

        capabilities_are(dict(Capability.choices))
