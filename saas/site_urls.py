"""Routes that belong to no app: the home page, API documentation, health."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from saas import views
from saas.health import HealthViewSet

router = SimpleRouter(trailing_slash=False)
router.register("health", HealthViewSet, basename="health")

urlpatterns = [
    path("", views.home, name="home"),
    path("docs", views.docs, name="docs"),
    path("openapi.json", views.openapi, name="openapi"),
    *router.urls,
]
