"""The node as an ASGI application, on threads that stay.

Django gives each request a thread of its own, and with it a new database connection: four times
the work of most requests. Here a thread that has answered waits for the next request, its connection
open. A stream holds its thread; there are always as many as there are requests.
"""

import gc
import os
from typing import Any

import django
from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from django.db import connections
from django.urls import get_resolver

from hansa.node import requests
from hansa.node.bodies import BoundedHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.node.settings")

SPARE = 16
"""Threads that are kept while nobody asks for anything."""


class Handler(BoundedHandler):
    """Django's own handler, with a store of threads."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        from hansa.api.door import Door  # its models can be read only now
        from hansa.api.peers import PeerDoor
        from hansa.node import metrics
        from hansa.node.watch import Watch

        self._programs, self._peers = Door(), PeerDoor()
        self._watch, self._heard = Watch(), metrics.heard
        self._spare: list[ThreadSensitiveContext] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request on a spare thread, or on a new one."""
        if scope["type"] != "http":
            raise ValueError(f"this node speaks HTTP only, not {scope['type']}")
        if self._watch.leads_to(scope):
            await self._watch.answer(scope, send)
            return
        with requests.answering(scope["method"]) as asked:
            noted = requests.noting(asked, send, self._heard)
            if self._peers.leads_to(scope):
                asked.route = "sync"
                await self._peers.answer(scope, receive, noted)
                return
            straight = self._programs.leads_to(scope)
            if straight is not None:
                asked.route = straight.view_name
                await self._programs.answer(straight, scope, receive, noted)
                return
            await self._by_the_long_way(scope, receive, noted)

    async def _by_the_long_way(self, scope: Any, receive: Any, send: Any) -> None:
        context = self._spare.pop() if self._spare else ThreadSensitiveContext()
        entered = SyncToAsync.thread_sensitive_context.set(context)
        try:
            await self.handle(scope, receive, send)
        finally:
            if len(self._spare) < SPARE:
                self._spare.append(context)
            else:
                await sync_to_async(connections.close_all)()
                _end(context)
            SyncToAsync.thread_sensitive_context.reset(entered)


def _end(context: ThreadSensitiveContext) -> None:
    """End the context's thread, as leaving the context does."""
    executor = SyncToAsync.context_to_thread_executor.pop(context, None)
    if executor is not None:
        executor.shutdown(wait=False)


def settle() -> None:
    """Load every page's code and keep it out of garbage collection, which else doubles the time of one page in ten."""
    get_resolver().url_patterns  # noqa: B018 - reading it imports them
    gc.collect()
    gc.freeze()


def _application() -> Handler:
    django.setup(set_prefix=False)
    handler = Handler()
    settle()
    return handler


application = _application()
