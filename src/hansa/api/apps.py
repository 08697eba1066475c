"""The API as a Django app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Tokens, records, rows, duties."""

    name = "hansa.api"
    label = "api"
