"""Included at `dev/mailbox`, so the paths here begin after that."""

from django.urls import path

from dev.mailbox import views

app_name = "mailbox"
urlpatterns = [
    path("", views.index, name="index"),
    path(".json", views.as_json, name="json"),
    path("/<slug:mail_id>", views.detail, name="detail"),
    path("/<slug:mail_id>/html", views.html, name="html"),
]
