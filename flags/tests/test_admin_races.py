"""Two staff at one row at the same instant: one waits for the other, and is told."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from flags import actions
from flags.models import FeatureFlag

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/flags/featureflag/"
SWITCHED_ON = {"is_enabled": "on", "rollout_unit": "user"}


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def during(
    change: Callable[[], object], request: Callable[[], HttpResponse]
) -> HttpResponse:
    """The answer to `request`, which comes while `change` is made but not yet committed."""

    def run() -> HttpResponse:
        try:
            return request()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            change()
            answer = pool.submit(run)
            wait_until_it_waits_for_us(answer)
        return answer.result(timeout=30)


def wait_until_it_waits_for_us(answer: Future[HttpResponse]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not answer.done():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    pytest.fail("The request did not wait for the change.")


def test_two_who_add_the_same_row(desk: Client, staff: User) -> None:
    first = FeatureFlag(feature_name="x", scope="global")
    form = {"feature_name": "x", "scope": "global", **SWITCHED_ON}

    answer = during(
        lambda: actions.add_flag(first, by=staff),
        lambda: desk.post(LIST + "add/", form),
    )

    assert answer.status_code == HTTPStatus.OK
    assert "There is a row for this already" in answer.content.decode()
    assert FeatureFlag.objects.get() == first


def test_a_kill_while_a_form_is_saved(desk: Client, staff: User) -> None:
    row = FeatureFlag.objects.create(feature_name="x", scope="global")

    answer = during(
        lambda: actions.kill("x", by=staff),
        lambda: desk.post(f"{LIST}{row.pk}/change/", SWITCHED_ON),
    )

    assert answer.status_code == HTTPStatus.OK
    assert "release its kill switch first" in answer.content.decode()
    row.refresh_from_db()
    assert (row.is_enabled, row.is_locked) == (False, True)


def test_a_kill_while_somebody_clicks_in_the_list(desk: Client, staff: User) -> None:
    row = FeatureFlag.objects.create(feature_name="x", scope="global")

    answer = during(
        lambda: actions.kill("x", by=staff),
        lambda: desk.post(f"{LIST}{row.pk}/switch", {"to": "on"}, follow=True),
    )

    assert "release its kill switch first" in answer.content.decode()
    row.refresh_from_db()
    assert (row.is_enabled, row.is_locked) == (False, True)
