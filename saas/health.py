"""Whether this process lives, and whether it can serve: what load balancers ask.

`live` touches nothing, so a slow database never gets a healthy process killed. `ready` asks
each part that requests need. Their time limits are those of the settings (DATABASES, CACHES).
Apps may add figures to it (READINESS_REPORTS), which never decide anything.
"""

import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string
from drf_spectacular.utils import extend_schema, inline_serializer
from redis.exceptions import RedisError
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from saas.errors import Unavailable
from saas.schema import refuses

logger = structlog.get_logger(__name__)

Health = inline_serializer("Health", {"status": serializers.CharField()})
Readiness = inline_serializer(
    "Readiness",
    {
        "status": serializers.CharField(),
        "checks": serializers.DictField(child=serializers.CharField()),
        "reports": serializers.DictField(
            child=serializers.IntegerField(allow_null=True)
        ),
    },
)


class NotReady(Unavailable):
    """`checks` says which part: `{"database": "ok", "cache": "failed", "migrations": "ok"}`."""

    code = "not_ready"
    message = "This process cannot serve requests right now."


class PartFailed(Exception):
    """A part that requests need does not work; the message is for the log."""


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_cache() -> None:
    key, value = f"health:{uuid.uuid4().hex}", "ok"
    cache.set(key, value, timeout=10)
    if cache.get(key) != value:
        raise PartFailed("The cache forgets what it was given.")
    cache.delete(key)


class Migrations:
    """Whether the tables are those of this code; asked until they are, then never again."""

    def __init__(self) -> None:
        self.applied = False

    def check(self) -> None:
        if self.applied:
            return
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            raise PartFailed(f"{len(pending)} migrations are not applied.")
        self.applied = True


migrations = Migrations()

PARTS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "cache": check_cache,
    "migrations": migrations.check,
}


def works(name: str) -> bool:
    try:
        PARTS[name]()
    except (DatabaseError, RedisError, OSError, PartFailed) as error:
        # The reason stays in the log: it may name hosts and users.
        logger.warning("not_ready", part=name, reason=str(error))
        return False
    return True


def reports() -> dict[str, int | None]:
    """What the apps report: each path names a function that gives `{name: figure}`."""
    found: dict[str, int | None] = {}
    for path in getattr(settings, "READINESS_REPORTS", []):
        found |= import_string(path)()
    return found


class HealthViewSet(ViewSet):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        summary="The process runs", responses=Health, tags=["health"], auth=[]
    )
    @action(detail=False)
    def live(self, request: Request) -> Response:
        return Response({"status": "ok"})

    @refuses(NotReady)
    @extend_schema(
        summary="The process can serve: database, cache and migrations",
        responses=Readiness,
        tags=["health"],
        auth=[],
    )
    @action(detail=False)
    def ready(self, request: Request) -> Response:
        checks = {name: "ok" if works(name) else "failed" for name in PARTS}
        if "failed" in checks.values():
            raise NotReady(checks=checks)
        return Response({"status": "ok", "checks": checks, "reports": reports()})
