"""Addresses under /demo/. Each view is there in a demo home only."""

from django.urls import path

from hansa.node.demo import views

urlpatterns = [
    path("now", views.now, name="demo-now"),
    path("run", views.run, name="demo-run"),
    path("speed", views.hasten, name="demo-speed"),
    path("again", views.again, name="demo-again"),
    path("chair", views.sit, name="demo-chair"),
]
