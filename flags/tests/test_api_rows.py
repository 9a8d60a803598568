"""The rows over REST, for staff."""

from http import HTTPStatus
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection

from flags import actions
from flags.models import FeatureFlag
from flags.tests.conftest import PLAN

URL = "/feature_flags"
ALL_RIGHTS = ["view", "add", "change", "delete"]


def error_of(response):
    return response.json()["errors"][0]


@pytest.fixture
def manager(make_user):
    """Staff who are no superuser, with the rights that are named."""

    def make(*rights):
        user = make_user("manager", is_staff=True)
        user.user_permissions.set(
            Permission.objects.filter(codename__in=[f"{r}_featureflag" for r in rights])
        )
        return user

    return make


def test_create_then_change_the_same_row(as_user, staff):
    client = as_user(staff)
    row = {"feature_name": "new_dashboard", "scope": "global"}

    created = client.post(URL, {**row, "is_enabled": True, "rollout_percentage": 25})
    changed = client.post(URL, {**row, "is_enabled": False})

    assert created.status_code == HTTPStatus.CREATED
    assert changed.status_code == HTTPStatus.OK
    assert changed.json()["id"] == created.json()["id"]
    flag = FeatureFlag.objects.get()
    assert (flag.is_enabled, flag.rollout_percentage) == (False, 25)
    assert flag.updated_by == staff


def test_a_locked_row_is_released_before_it_is_switched(as_user, staff):
    """ "On" was meant for one row, and would be on for everybody, over all others."""
    client = as_user(staff)
    row = {"feature_name": "x", "scope": "global"}
    client.post(URL, {**row, "is_enabled": False, "is_locked": True})

    for more in ({}, {"is_locked": True}, {"is_locked": False}):
        refused = client.post(URL, {**row, "is_enabled": True, **more})
        assert refused.status_code == HTTPStatus.CONFLICT, more
        assert error_of(refused)["code"] == "flag_locked", more
    flag = FeatureFlag.objects.get()
    assert (flag.is_enabled, flag.is_locked) == (False, True)

    same = {**row, "is_enabled": False, "description": "Ask Ada."}
    released = {**row, "is_locked": False}
    for body in (same, released, {**row, "is_enabled": True}):
        assert client.post(URL, body).status_code == HTTPStatus.OK, body
    flag.refresh_from_db()
    assert (flag.is_enabled, flag.is_locked) == (True, False)


def test_killing_works_on_a_row_that_is_locked_on(staff):
    actions.set_flag("x", "global", None, by=staff, is_enabled=True, is_locked=True)

    actions.kill("x", by=staff)

    flag = FeatureFlag.objects.get()
    assert (flag.is_enabled, flag.is_locked) == (False, True)


def test_rows_of_different_subjects_stand_side_by_side(as_user, staff, member, pro):
    client = as_user(staff)
    subjects = [
        ("global", None),
        ("workspace", str(member.workspace.pk)),
        ("user", str(member.user.pk)),
        ("plan", PLAN),
    ]
    for scope, scope_id in subjects:
        body = {"feature_name": "x", "scope": scope, "scope_id": scope_id}
        assert client.post(URL, body).status_code == HTTPStatus.CREATED

    assert set(FeatureFlag.objects.values_list("scope", "scope_id")) == set(subjects)


def test_one_subject_has_one_spelling(as_user, staff, member):
    body = {
        "feature_name": "x",
        "scope": "user",
        "scope_id": member.user.pk.hex.upper(),
    }

    response = as_user(staff).post(URL, body)

    assert response.json()["scope_id"] == str(member.user.pk)


def test_history_says_who_changed_what(as_user, staff):
    client = as_user(staff)
    row = {"feature_name": "x", "scope": "global"}
    client.post(URL, {**row, "is_enabled": True})
    client.post(URL, {**row, "is_enabled": False})
    client.post(URL, {**row, "is_enabled": False})  # no change, no entry
    client.delete(f"{URL}/x")

    entries = LogEntry.objects.order_by("action_time").values_list(
        "user", "change_message"
    )
    assert list(entries) == [
        (staff.pk, "Created on."),
        (staff.pk, "is_enabled: True → False"),
        (staff.pk, "Deleted, was off."),
    ]


GLOBAL = {"feature_name": "x", "scope": "global"}
REFUSED = [
    ({"scope": "global"}, "feature_name", "required"),
    ({"feature_name": "x"}, "scope", "required"),
    ({**GLOBAL, "feature_name": ""}, "feature_name", "blank"),
    ({**GLOBAL, "feature_name": "a/b"}, "feature_name", "invalid_feature_name"),
    ({**GLOBAL, "feature_name": "New"}, "feature_name", "invalid_feature_name"),
    ({**GLOBAL, "feature_name": "x y"}, "feature_name", "invalid_feature_name"),
    ({**GLOBAL, "feature_name": "a" * 101}, "feature_name", "max_length"),
    (
        {**GLOBAL, "feature_name": "a\0"},
        "feature_name",
        "null_characters_not_allowed",
    ),
    ({**GLOBAL, "feature_name": ["x"]}, "feature_name", "invalid"),
    ({**GLOBAL, "scope": "planet"}, "scope", "invalid_choice"),
    ({**GLOBAL, "scope": {}}, "scope", "invalid_choice"),
    ({**GLOBAL, "scope_id": "x"}, "scope_id", "not_for_global"),
    ({**GLOBAL, "scope": "user"}, "scope_id", "required"),
    ({**GLOBAL, "scope": "plan", "scope_id": None}, "scope_id", "required"),
    ({**GLOBAL, "scope": "plan", "scope_id": ""}, "scope_id", "blank"),
    ({**GLOBAL, "scope": "user", "scope_id": "ada"}, "scope_id", "invalid"),
    (
        {**GLOBAL, "scope": "user", "scope_id": str(uuid4())},
        "scope_id",
        "does_not_exist",
    ),
    (
        {**GLOBAL, "scope": "workspace", "scope_id": str(uuid4())},
        "scope_id",
        "does_not_exist",
    ),
    ({**GLOBAL, "scope": "plan", "scope_id": "gold"}, "scope_id", "does_not_exist"),
    ({**GLOBAL, "scope": "plan", "scope_id": "p" * 256}, "scope_id", "max_length"),
    (
        {**GLOBAL, "scope": "plan", "scope_id": "p\0"},
        "scope_id",
        "null_characters_not_allowed",
    ),
    ({**GLOBAL, "is_enabled": "maybe"}, "is_enabled", "invalid"),
    ({**GLOBAL, "is_enabled": []}, "is_enabled", "invalid"),
    ({**GLOBAL, "rollout_percentage": 101}, "rollout_percentage", "max_value"),
    ({**GLOBAL, "rollout_percentage": -1}, "rollout_percentage", "min_value"),
    ({**GLOBAL, "rollout_percentage": 10**400}, "rollout_percentage", None),
    ({**GLOBAL, "rollout_percentage": "x"}, "rollout_percentage", "invalid"),
    ({**GLOBAL, "rollout_unit": "team"}, "rollout_unit", "invalid_choice"),
    ({**GLOBAL, "description": "d" * 501}, "description", "max_length"),
    (
        {"feature_name": "x", "scope": "plan", "scope_id": "p", "is_locked": True},
        "is_locked",
        "not_global",
    ),
]


@pytest.mark.parametrize(("body", "attr", "code"), REFUSED)
def test_junk_is_refused_by_name(as_user, staff, body, attr, code):
    response = as_user(staff).post(URL, body)

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert error_of(response)["attr"] == attr
    assert code in {None, error_of(response)["code"]}
    assert not FeatureFlag.objects.exists()


def test_a_lone_surrogate_is_refused(as_user, staff):
    response = as_user(staff).generic(
        "POST",
        URL,
        r'{"feature_name": "x", "scope": "plan", "scope_id": "\ud800"}',
        content_type="application/json",
    )

    assert response.status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("field", ["rollout_percentage", "rollout_unit"])
def test_one_user_has_no_share(as_user, staff, member, field):
    body = {"feature_name": "x", "scope": "user", "scope_id": str(member.user.pk)}
    value = {"rollout_percentage": 50, "rollout_unit": "workspace"}[field]

    response = as_user(staff).post(URL, {**body, field: value})

    assert error_of(response) == {
        **error_of(response),
        "attr": field,
        "code": "rollout_of_one",
    }


def test_list_is_filtered_and_paged(as_user, staff, flag, member):
    flag("x", True)
    flag("x", False, member.user)
    flag("y", True)
    client = as_user(staff)

    def names(query):
        rows = client.get(URL + query).json()["results"]
        return [(row["feature_name"], row["scope"]) for row in rows]

    assert names("") == [("y", "global"), ("x", "user"), ("x", "global")]
    assert names("?feature_name=x&scope=user") == [("x", "user")]
    assert names(f"?scope_id={member.user.pk}") == [("x", "user")]
    first = client.get(f"{URL}?page_size=2").json()
    assert len(first["results"]) == 2
    assert len(client.get(first["next"]).json()["results"]) == 1


@pytest.mark.parametrize(
    "query",
    ["?scope=planet", "?feature_name=%00", "?scope_id=%00", "?scope_id=" + "x" * 300],
)
def test_junk_filters_do_not_break_the_list(as_user, staff, query):
    response = as_user(staff).get(URL + query)

    assert response.status_code in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}
    if response.status_code == HTTPStatus.OK:
        assert response.json()["results"] == []


def test_delete_one_row_or_all(as_user, staff, flag, member):
    client = as_user(staff)
    flag("x", True)
    flag("x", True, member.user)
    flag("x", True, plan=PLAN)
    flag("y", True)

    one = client.delete(f"{URL}/x?scope=user&scope_id={member.user.pk}")
    again = client.delete(f"{URL}/x?scope=user&scope_id={member.user.pk}")
    assert one.status_code == HTTPStatus.NO_CONTENT
    assert again.status_code == HTTPStatus.NOT_FOUND
    assert FeatureFlag.objects.filter(feature_name="x").count() == 2

    assert client.delete(f"{URL}/x").status_code == HTTPStatus.NO_CONTENT
    assert list(FeatureFlag.objects.values_list("feature_name", flat=True)) == ["y"]
    assert client.delete(f"{URL}/x").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("query", "attr", "code"),
    [
        ("scope=planet", "scope", "invalid_choice"),
        ("scope=user", "scope_id", "required"),
        ("scope_id=1", "scope", "required"),
        ("scope=global&scope_id=1", "scope_id", "not_for_global"),
        ("scop=user", "scop", "unknown_parameter"),
        ("scope=global&scope=user", "scope", "unknown_parameter"),
        ("scope=plan&scope_id=", "scope_id", "blank"),
    ],
)
def test_an_unclear_delete_deletes_nothing(as_user, staff, flag, query, attr, code):
    flag("x", True)

    response = as_user(staff).delete(f"{URL}/x?{query}")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert (error_of(response)["attr"], error_of(response)["code"]) == (attr, code)
    assert FeatureFlag.objects.count() == 1


@pytest.mark.parametrize("name", ["a%0Ab", "é", "x" * 2000, ".."])
def test_an_impossible_name_is_not_found(as_user, staff, name):
    response = as_user(staff).delete(f"{URL}/{name}")

    assert response.status_code == HTTPStatus.NOT_FOUND


CALLS = [("get", URL), ("post", URL), ("delete", f"{URL}/x")]


@pytest.mark.parametrize(("method", "url"), CALLS)
def test_only_staff_reach_the_rows(
    as_user, anonymous, manager, owner, outsider, flag, method, url
):
    flag("x", False)
    body = {"feature_name": "x", "scope": "global", "is_enabled": True}

    def status(client):
        return getattr(client, method)(
            url, body if method == "post" else None
        ).status_code

    assert status(anonymous) == HTTPStatus.UNAUTHORIZED
    assert status(as_user(owner.user)) == HTTPStatus.FORBIDDEN
    assert status(as_user(outsider)) == HTTPStatus.FORBIDDEN
    assert status(as_user(manager())) == HTTPStatus.FORBIDDEN
    assert list(FeatureFlag.objects.values_list("is_enabled")) == [(False,)]


def test_each_right_opens_its_own_routes(as_user, manager, flag):
    flag("x", False)
    user = manager("view")
    client = as_user(user)
    body = {"feature_name": "x", "scope": "global", "is_enabled": True}

    assert client.get(URL).status_code == HTTPStatus.OK
    assert client.post(URL, body).status_code == HTTPStatus.FORBIDDEN
    assert client.delete(f"{URL}/x").status_code == HTTPStatus.FORBIDDEN

    user.user_permissions.set(Permission.objects.filter(codename="change_featureflag"))
    assert client.post(URL, body).status_code == HTTPStatus.FORBIDDEN
    user.user_permissions.add(Permission.objects.get(codename="add_featureflag"))
    assert client.post(URL, body).status_code == HTTPStatus.OK


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scope", ["global", "plan"])
def test_posts_at_once_make_one_row(as_user, staff, pro, scope):
    scope_id = None if scope == "global" else PLAN
    body = {"feature_name": "x", "scope": scope, "scope_id": scope_id}
    clients = [as_user(staff) for _ in range(8)]
    together, statuses = Barrier(len(clients)), []

    def post(client):
        together.wait()
        try:
            statuses.append(client.post(URL, body).status_code)
        finally:
            connection.close()

    threads = [Thread(target=post, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [HTTPStatus.OK] * 7 + [HTTPStatus.CREATED]
    assert FeatureFlag.objects.count() == 1


@pytest.mark.parametrize("url", [URL, f"{URL}/x"])
def test_other_methods_are_refused(as_user, staff, outsider, url):
    for method in ("put", "patch", "options"):
        by_staff, by_outsider = (
            getattr(as_user(user), method)(url) for user in (staff, outsider)
        )
        assert by_staff.status_code == HTTPStatus.METHOD_NOT_ALLOWED
        assert by_outsider.status_code == HTTPStatus.FORBIDDEN
