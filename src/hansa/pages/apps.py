"""The shared pages as a Django app."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """Access, forms, lists, layout."""

    name = "hansa.pages"
    label = "pages"

    def ready(self) -> None:
        """Let every urls.py use the converters `key`, `position` and `log`."""
        from hansa.pages import converters

        converters.register()
