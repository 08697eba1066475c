"""The exchange's addresses, and what it adds to the pages of other parts."""

from django.urls import path

from hansa.aid.exchange.pages import feeds, messages, panels, views
from hansa.pages import panels as boards

urlpatterns = [
    path("exchange", messages.exchange, name="exchange"),
    path("exchange/message/<int:number>", messages.message, name="exchange-message"),
    path("exchange/message/<int:number>/ack", messages.acknowledge, name="exchange-ack"),
    path("exchange/draft/<int:number>", messages.draft, name="exchange-draft"),
    path("exchange/draft/<int:number>/aside", messages.draft_aside, name="exchange-aside"),
    path("need/<position:key>/edxl", messages.need_edxl, name="need-edxl"),
    path("call/<position:key>/cap", messages.call_cap, name="call-cap"),
    path("needs/views", views.view_save, name="view-save"),
    path("needs/views/<int:number>/remove", views.view_remove, name="view-remove"),
    path("feeds", feeds.feeds, name="feeds"),
    path("feeds/<int:number>/revoke", feeds.feed_revoke, name="feed-revoke"),
    path("feed/<str:secret>/<str:name>", feeds.feed, name="feed"),
]

boards.register("needs", 20, panels.on_board)
boards.register("call", 60, panels.on_call)
boards.register("need", 60, panels.on_need)
