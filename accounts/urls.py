"""The account pages of end users."""

from django.urls import include, path

from accounts.views import ProfileView

urlpatterns = [
    path("profile/", ProfileView.as_view(), name="account_profile"),
    path("", include("allauth.urls")),
]
