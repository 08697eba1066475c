"""Addresses of the shell."""

from django.urls import include, path

from hansa.web import accounts, notices

urlpatterns = [
    path("", include("hansa.web.urls_views")),
    path("chair", accounts.chairs, name="chairs"),
    path("chair/invite", accounts.invite_new, name="invite-new"),
    path("invite/<str:token>", accounts.invite, name="invite"),
    path("notices", notices.notices, name="notices"),
]
