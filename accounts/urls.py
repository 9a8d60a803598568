"""The account pages of end users."""

from django.urls import include, path

urlpatterns = [path("", include("allauth.urls"))]
