"""Staff switch features in the admin, and the API answers differently at once."""

from html.parser import HTMLParser
from http import HTTPStatus

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from flags import actions
from flags.models import FeatureFlag
from flags.tests.conftest import PLAN

LIST = "/admin/flags/featureflag/"
ADD = LIST + "add/"


class Buttons(HTMLParser):
    """The buttons of a page that go somewhere: [{"formaction", "name", "value", ...}]."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "button" and "formaction" in attrs:
            self.found.append(attrs)


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def run(desk, action, *flags):
    data = {"action": action, "_selected_action": [str(flag.pk) for flag in flags]}
    return desk.post(LIST, data, follow=True)


def test_one_click_in_the_list_switches_what_the_api_answers(
    desk, staff, as_user, outsider, flag
):
    row = flag("new_dashboard", False)
    api = as_user(outsider)
    assert api.get("/feature_flags/new_dashboard").json()["is_enabled"] is False

    page = desk.get(LIST + "?scope__exact=global").content.decode()
    [button] = Buttons(page).found
    answer = desk.post(button["formaction"], {button["name"]: button["value"]})

    assert answer.status_code == HTTPStatus.FOUND
    assert answer["Location"] == LIST + "?scope__exact=global"
    assert api.get("/feature_flags/new_dashboard").json()["is_enabled"] is True
    row.refresh_from_db()
    assert row.updated_by == staff
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (staff, str(row.pk))
    assert entry.change_message == "is_enabled: False → True"


def test_a_second_click_on_a_stale_page_does_not_switch_back(desk, flag):
    row = flag("x", False)
    [button] = Buttons(desk.get(LIST).content.decode()).found

    for _ in range(2):
        desk.post(button["formaction"], {"to": button["value"]})

    row.refresh_from_db()
    assert row.is_enabled
    assert LogEntry.objects.count() == 1


def test_a_locked_row_is_released_before_it_is_switched(desk, flag):
    killed = flag("x", False, is_locked=True)

    assert Buttons(desk.get(LIST).content.decode()).found == []
    clicked = desk.post(f"{LIST}{killed.pk}/switch", {"to": "on"}, follow=True)
    chosen = run(desk, "switch_on", killed)

    for page in (clicked, chosen):
        assert "release its kill switch first" in page.content.decode()
    killed.refresh_from_db()
    assert not killed.is_enabled


def test_a_page_from_before_a_kill_does_not_undo_it(desk, staff, flag):
    row = flag("x", True)
    page = f"{LIST}{row.pk}/change/"
    assert desk.get(page).status_code == HTTPStatus.OK
    actions.kill("x", by=staff)

    response = desk.post(page, {"is_enabled": "on", "rollout_unit": "user"})

    assert response.status_code == HTTPStatus.OK
    assert list(response.context["adminform"].form.errors) == ["is_enabled"]
    assert "release its kill switch first" in response.content.decode()
    row.refresh_from_db()
    assert (row.is_enabled, row.is_locked) == (False, True)


def test_a_killed_row_takes_what_does_not_switch_it(desk, flag):
    row = flag("x", False, is_locked=True)

    response = desk.post(
        f"{LIST}{row.pk}/change/", {"description": "Ask Ada.", "rollout_unit": "user"}
    )

    assert response.status_code == HTTPStatus.FOUND
    row.refresh_from_db()
    assert (row.description, row.is_locked) == ("Ask Ada.", True)
    assert LogEntry.objects.get().change_message == "description:  → Ask Ada."


def test_a_form_writes_only_what_was_changed_in_it(desk, staff, flag):
    row = flag("x", False, description="old")
    page = f"{LIST}{row.pk}/change/"
    desk.post(page, {"description": "old", "rollout_unit": "user"})
    assert not LogEntry.objects.exists()

    desk.post(page, {"description": "new", "rollout_unit": "user"})

    assert LogEntry.objects.get().change_message == "description: old → new"


@pytest.mark.parametrize("to", ["", "maybe", "ON"])
def test_a_click_that_says_nothing_changes_nothing(desk, flag, to):
    row = flag("x", True)

    response = desk.post(f"{LIST}{row.pk}/switch", {"to": to}, follow=True)

    assert "Say on or off." in response.content.decode()
    assert FeatureFlag.objects.get().is_enabled


def test_the_switch_wants_a_post_a_row_and_the_right(
    desk, client, flag, make_user, staff
):
    row = flag("x", False)
    url = f"{LIST}{row.pk}/switch"
    assert desk.get(url).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    gone = reverse("admin:flags_featureflag_switch", args=[staff.pk])
    assert desk.post(gone, {"to": "on"}).status_code == HTTPStatus.NOT_FOUND

    reader = make_user("reader", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename="view_featureflag"))
    client.force_login(reader)
    assert client.post(url, {"to": "on"}).status_code == HTTPStatus.FORBIDDEN
    assert Buttons(client.get(LIST).content.decode()).found == []
    client.force_login(make_user("nobody"))
    assert (
        client.post(url, {"to": "on"}).status_code == HTTPStatus.FOUND
    )  # to the login

    row.refresh_from_db()
    assert not row.is_enabled


def test_the_switch_is_safe_from_other_sites(staff, flag):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(staff)
    row = flag("x", False)

    answer = strict.post(f"{LIST}{row.pk}/switch", {"to": "on"})

    assert answer.status_code == HTTPStatus.FORBIDDEN
    row.refresh_from_db()
    assert not row.is_enabled


def test_the_list_names_whom_a_row_is_for(desk, flag, member, pro):
    flag("x", True)
    flag("x", True, member.user)
    flag("x", True, member.workspace)
    flag("x", True, plan=PLAN)
    flag("y", True, plan="sold_out")

    page = desk.get(LIST).content.decode()

    for name in ("everybody", "member@example.com", "Acme", "Pro", "sold_out (gone)"):
        assert name in page


def test_the_list_costs_the_same_for_any_number_of_rows(desk, flag, make_user, pro):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(LIST).status_code == HTTPStatus.OK
        return len(captured)

    def rows(name):
        user = make_user(name)
        flag(name, True)
        flag(name, True, user, updated_by=user)
        flag(name, True, user.owned_workspaces.create(name=name, slug=name))
        flag(name, True, plan=PLAN)

    rows("first")
    desk.get(LIST)
    few = cost()
    for n in range(10):
        rows(f"n{n}")

    assert cost() == few


def test_search_finds_by_person_and_workspace(desk, flag, member):
    flag("for_person", True, member.user)
    flag("for_place", True, member.workspace)

    assert "for_person" in desk.get(LIST + "?q=member@exam").content.decode()
    page = desk.get(LIST + "?q=acme").content.decode()
    assert "for_place" in page
    assert "for_person" not in page


def test_bulk_actions_switch_kill_and_release(desk, as_user, member, flag):
    everybody = flag("x", True)
    theirs = flag("x", True, member.user)
    other = flag("y", False)
    api = as_user(member.user)

    def answer():
        body = api.get("/feature_flags/x").json()
        return body["is_enabled"], body["reason"]

    run(desk, "kill", theirs)
    assert answer() == (False, "DISABLED")
    page = desk.get(LIST).content.decode()
    assert "KILLED" in page
    assert "locked off for everybody" in page  # at the row that does not count

    run(desk, "release", everybody)
    assert answer() == (True, "TARGETING_MATCH")

    run(desk, "switch_off", everybody, theirs, other)
    assert not FeatureFlag.objects.filter(is_enabled=True).exists()
    run(desk, "switch_on", theirs, other)
    assert set(
        FeatureFlag.objects.filter(is_enabled=True).values_list("pk", flat=True)
    ) == {theirs.pk, other.pk}


@pytest.mark.parametrize("key", ["zz", "a\0", ""])
@pytest.mark.parametrize("action", ["switch_on", "kill", "delete_selected"])
def test_a_malformed_selection_is_refused(desk, flag, action, key):
    row = flag("x", False)
    data = {"action": action, "_selected_action": [str(row.pk), key], "post": "yes"}

    response = desk.post(LIST, data, follow=True)

    assert response.redirect_chain == [(LIST, HTTPStatus.FOUND)]
    assert "the selection is malformed" in response.content.decode()
    kept = FeatureFlag.objects.get()
    assert (kept.is_enabled, kept.is_locked) == (False, False)


FORM = {"feature_name": "x", "is_enabled": "on", "rollout_unit": "user"}


@pytest.mark.parametrize("scope", ["global", "plan", "workspace", "user"])
def test_a_row_is_added_by_picking_whom_it_is_for(desk, staff, member, pro, scope):
    picked = {"plan": PLAN, "workspace": member.workspace.pk, "user": member.user.pk}

    # Every picker is filled in, as after changing one's mind: the scope says which counts.
    response = desk.post(ADD, {**FORM, **picked, "scope": scope})

    assert response.status_code == HTTPStatus.FOUND
    flag = FeatureFlag.objects.get()
    expected = {scope: str(subject) for scope, subject in picked.items()}
    assert (flag.scope, flag.scope_id) == (scope, expected.get(scope))
    assert flag.updated_by == staff
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message) == (str(flag.pk), "Created on.")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"scope": "user"}, "user"),
        ({"scope": "workspace"}, "workspace"),
        ({"scope": "plan"}, "plan"),
        ({"scope": "user", "user": "junk"}, "user"),
        ({"scope": "plan", "plan": "gold"}, "plan"),
        ({"scope": "planet"}, "scope"),
        ({"scope": "global", "feature_name": "A b"}, "feature_name"),
        ({"scope": "global", "rollout_percentage": "101"}, "rollout_percentage"),
        ({"scope": "plan", "plan": PLAN, "is_locked": "on"}, "is_locked"),
    ],
)
def test_the_form_says_what_is_missing(desk, pro, data, field):
    response = desk.post(ADD, {**FORM, **data})

    assert response.status_code == HTTPStatus.OK
    assert field in response.context["adminform"].form.errors
    assert not FeatureFlag.objects.exists()


def test_the_form_refuses_a_second_row_for_the_same(desk, flag):
    flag("x", False)

    response = desk.post(ADD, {**FORM, "scope": "global"})

    assert "There is a row for this already" in response.content.decode()
    assert FeatureFlag.objects.count() == 1


def test_changing_a_row_keeps_whom_it_is_for_and_tells_the_history(desk, staff, flag):
    row = flag("x", True, rollout_percentage=10)
    url = f"{LIST}{row.pk}/change/"
    data = {"is_enabled": "on", "rollout_percentage": "50", "rollout_unit": "user"}

    response = desk.post(url, {**data, "scope": "user", "feature_name": "other"})

    assert response.status_code == HTTPStatus.FOUND
    row.refresh_from_db()
    assert (row.feature_name, row.scope, row.rollout_percentage) == ("x", "global", 50)
    assert row.updated_by == staff
    assert LogEntry.objects.get().change_message == "rollout_percentage: 10 → 50"
    history = desk.get(f"{LIST}{row.pk}/history/").content.decode()
    assert "rollout_percentage: 10 → 50" in history


@pytest.mark.parametrize("scope", ["global", "plan", "workspace", "user"])
def test_every_row_opens(desk, flag, member, pro, scope):
    rows = {
        "global": lambda: flag("x", True),
        "plan": lambda: flag("x", True, plan=PLAN),
        "workspace": lambda: flag("x", True, member.workspace),
        "user": lambda: flag("x", True, member.user),
    }
    row = rows[scope]()

    page = desk.get(f"{LIST}{row.pk}/change/")

    assert page.status_code == HTTPStatus.OK
    assert ("Kill switch" in page.content.decode()) is (scope == "global")
    assert "is_locked" not in page.context["adminform"].form.fields


def test_pages_hold_nothing_that_the_csp_would_block(desk, flag):
    row = flag("x", True)

    for url in (LIST, ADD, f"{LIST}{row.pk}/change/", LIST + "seen_by"):
        page = desk.get(url).content.decode()
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert "<script>" not in page


def test_features_as_somebody_sees_them(desk, flag, member, outsider):
    flag("x", True, member.workspace)
    flag("y", True, outsider)

    page = desk.get(
        LIST + f"seen_by?user={member.user.pk}&workspace={member.workspace.pk}"
    )

    assert page.status_code == HTTPStatus.OK
    decisions = {d.feature_name: d.scope for d in page.context["decisions"]}
    assert decisions == {"x": "workspace", "y": None}
    assert desk.get(LIST + "seen_by?user=junk").status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("field", "term", "text"),
    [("workspace", "acm", "Acme"), ("user", "member@", "member@example.com")],
)
def test_the_pickers_search(desk, member, field, term, text):
    response = desk.get(
        "/admin/autocomplete/",
        {
            "term": term,
            "app_label": "workspaces",
            "model_name": "membership",
            "field_name": field,
        },
    )

    assert [row["text"] for row in response.json()["results"]] == [text]


def test_the_button_stands_beside_the_name(desk: Client) -> None:
    FeatureFlag.objects.create(feature_name="beta", scope="global")

    told = desk.get("/admin/flags/featureflag/").content.decode()

    heads = [
        told.index(f"column-{name}") for name in ("feature_name", "switch", "scope")
    ]
    assert heads == sorted(heads)
