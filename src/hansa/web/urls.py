"""Addresses of the shell."""

from django.urls import path

from hansa.web import accounts, notices

urlpatterns = [
    path("chair", accounts.chairs, name="chairs"),
    path("chair/invite", accounts.invite_new, name="invite-new"),
    path("invite/<str:token>", accounts.invite, name="invite"),
    path("notices", notices.notices, name="notices"),
]
