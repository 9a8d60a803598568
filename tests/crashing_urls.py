"""The routes of the product, and some that break, for the tests of what a broken one answers."""

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from saas.errors import RateLimited

SECRET = "the-password-of-the-database"


class Crash(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        raise RuntimeError(SECRET)

    def post(self, request: Request) -> Response:
        return Response(request.data)


class Unreachable(Crash):
    def get(self, request: Request) -> Response:
        raise OperationalError(SECRET)


class LosesRace(Crash):
    def get(self, request: Request) -> Response:
        return lose_race(request)

    def post(self, request: Request) -> Response:
        Permission.objects.create(content_type_id=0, codename="gone")
        return Response()


class TooOften(Crash):
    def get(self, request: Request) -> Response:
        raise RateLimited(retry_after=7)


def crash(request: HttpRequest, key: str = "") -> HttpResponse:
    raise RuntimeError(SECRET)


def lose_race(request: HttpRequest) -> HttpResponse:
    Group.objects.create(name="taken")
    return HttpResponse()


def suspect(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation(SECRET)


def refuse(request: HttpRequest) -> HttpResponse:
    raise RateLimited


urlpatterns = [
    path("crash/viewset", Crash.as_view()),
    path("crash/view", crash),
    path("crash/database", Unreachable.as_view()),
    path("crash/race", LosesRace.as_view()),
    path("crash/limit", TooOften.as_view()),
    path("accounts/crash", crash),
    path("accounts/crash/<key>", crash),
    path("accounts/race", lose_race),
    path("accounts/suspect", suspect),
    path("accounts/refuse", refuse),
    path("", include("saas.urls")),
]

handler400 = "saas.views.bad_request"
handler403 = "saas.views.permission_denied"
handler404 = "saas.views.not_found"
handler500 = "saas.views.server_error"
