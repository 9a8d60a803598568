"""What flags cost: one statement when first asked, none otherwise, however many there are."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from flags.evaluation import is_enabled
from flags.middleware import RequestFlags
from flags.models import FeatureFlag
from flags.tests.conftest import PLAN


@pytest.fixture
def request_of(db):
    def make(user=None):
        request = RequestFactory().get("/")
        if user is not None:
            request.user = user
        request.flags = RequestFlags(request)
        return request

    return make


@pytest.fixture
def many_rows(flag, owner):
    rows = [
        FeatureFlag(feature_name=f"flag_{n}", scope="global", is_enabled=n % 2 == 0)
        for n in range(50)
    ]
    rows += [
        FeatureFlag(feature_name=f"flag_{n % 50}", scope="user", scope_id=str(uuid4()))
        for n in range(500)
    ]
    FeatureFlag.objects.bulk_create(rows)
    flag("flag_1", True, owner.workspace)
    flag("flag_3", True, owner.user)


@pytest.mark.usefixtures("many_rows")
def test_any_number_of_flags_costs_one_statement(
    request_of, owner, flag, subscribe, django_assert_num_queries
):
    subscribe(owner.user)
    flag("flag_5", True, plan=PLAN)
    flag("flag_7", True, plan="another")
    flags = request_of(owner.user).flags

    with django_assert_num_queries(1):
        on = [n for n in range(50) if flags.is_enabled(f"flag_{n}")]
        assert flags.is_enabled("flag_1", workspace=owner.workspace)
        assert not flags.is_enabled("flag_1")
        assert not flags.is_enabled("unknown")

    assert on == [n for n in range(50) if n % 2 == 0 or n in {3, 5}]


@pytest.mark.usefixtures("many_rows")
def test_the_rows_of_others_are_not_read(request_of, owner):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        request_of(owner.user).flags.is_enabled("flag_1")
        sql = captured[0]["sql"]

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS rows")
        assert cursor.fetchone() == (52,)


@pytest.mark.usefixtures("many_rows")
def test_plans_are_looked_up_once_and_only_for_rows_of_plans(request_of, owner, flag):
    def runs_of_the_lookup():
        with CaptureQueriesContext(connection) as captured:
            request_of(owner.user).flags.is_enabled("flag_1")
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT TEXT) {captured[0]['sql']}")
            lines = [line for (line,) in cursor.fetchall()]
        on_users = [line for line in lines if "accounts_user" in line]
        assert on_users
        return {line.split("actual")[-1].split("loops=")[-1] for line in on_users}

    assert all("never executed" in runs for runs in runs_of_the_lookup())

    for n in range(20):
        flag(f"flag_{n}", True, plan=PLAN)
    assert runs_of_the_lookup() == {"1)"}


def test_flags_that_nobody_asks_for_cost_nothing(as_user, outsider, flag):
    flag("x", True)
    client = as_user(outsider)

    with CaptureQueriesContext(connection) as captured:
        client.get("/openapi.json")

    assert not [q for q in captured if "feature_flags" in q["sql"]]


def test_asking_over_rest_is_authentication_and_one(
    as_user, member, flag, django_assert_num_queries
):
    flag("x", True, member.workspace)
    client = as_user(member.user)

    with django_assert_num_queries(2):
        client.get("/feature_flags/x")
    with django_assert_num_queries(3):  # and the membership
        client.get(f"/feature_flags/x?workspace_id={member.workspace.pk}")


def test_a_list_is_authentication_and_one(
    as_user, staff, many_rows, django_assert_num_queries
):
    client = as_user(staff)

    with django_assert_num_queries(2):
        client.get("/feature_flags?page_size=100")


def test_outside_of_a_request_one_statement(owner, flag, django_assert_num_queries):
    flag("x", True, owner.workspace)

    with django_assert_num_queries(1):
        assert is_enabled("x", user=owner.user, workspace=owner.workspace)


def test_a_change_is_seen_by_the_next_request(request_of, owner, flag):
    row = flag("x", False)
    assert not request_of(owner.user).flags.is_enabled("x")

    row.is_enabled = True
    row.save()

    assert request_of(owner.user).flags.is_enabled("x")


def test_a_user_who_is_known_only_later_is_asked_again(request_of, owner, flag):
    flag("x", True, owner.user)
    request = request_of()
    assert not request.flags.is_enabled("x")

    request.user = owner.user

    assert request.flags.is_enabled("x")
