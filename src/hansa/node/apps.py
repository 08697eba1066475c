"""The running node as a Django app."""

from django.apps import AppConfig


class NodeConfig(AppConfig):
    """Settings, addresses, commands, worker, demo."""

    name = "hansa.node"
    label = "node"
