"""The exchange with other systems as a Django app."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Messages, feeds and their tokens, saved views. It says no kinds of its own."""

    name = "hansa.aid.exchange"
    label = "exchange"
