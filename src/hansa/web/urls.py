"""Addresses of the shell."""

from django.urls import include, path

from hansa.web import accounts, notices
from hansa.web.joining import views as joining

urlpatterns = [
    path("", include("hansa.web.urls_views")),
    path("chair", accounts.chairs, name="chairs"),
    path("chair/invite", accounts.invite_new, name="invite-new"),
    path("invite/<str:token>", accounts.invite, name="invite"),
    path("notices", notices.notices, name="notices"),
    path("join", joining.join, name="join"),
    path("join/letter", joining.letter_page, name="join-letter"),
    path("join/newcomer", joining.newcomer, name="newcomer"),
]
