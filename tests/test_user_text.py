"""SC 93: what somebody writes about themselves is text on every page that shows it."""

from http import HTTPStatus
from urllib.parse import quote

import pytest

from accounts.models import User
from accounts.tests.conftest import Browser
from accounts.tests.pages import reauthenticated
from flags.models import FeatureFlag
from workspaces import actions
from workspaces.models import Membership

ATTACK = "\"'><script>alert(1)</script>"
INERT = "&lt;script&gt;alert(1)"


@pytest.fixture
def author(owner: Membership, member: Membership) -> User:
    """Owns a workspace of that name, which others use."""
    User.objects.update(name=ATTACK)
    actions.rename_workspace(owner.workspace, by=owner, name=ATTACK)
    actions.disable_workspace(owner.workspace, by=owner, reason=ATTACK)
    FeatureFlag.objects.create(
        feature_name="beta",
        scope="workspace",
        scope_id=str(owner.workspace_id),
        description=ATTACK,
    )
    return User.objects.get(pk=owner.user_id)


def pages_of(author: User) -> list[tuple[Browser, str]]:
    """Of themselves, and of staff who look into it."""
    themselves, desk = reauthenticated(author), Browser()
    desk.force_login(User.objects.get(is_staff=True))
    workspace, flag = author.owned_workspaces.get(), FeatureFlag.objects.get()
    account = [f"/accounts/{p}/" for p in ("profile", "delete", "billing", "sessions")]
    at_the_desk = [
        "accounts/user/",
        "accounts/user/?q=" + quote(ATTACK),
        f"accounts/user/{author.pk}/change/",
        f"accounts/user/{author.pk}/delete/",
        "workspaces/workspace/",
        f"workspaces/workspace/{workspace.pk}/change/",
        f"workspaces/workspace/{workspace.pk}/delete/",
        "flags/featureflag/",
        f"flags/featureflag/{flag.pk}/change/",
    ]
    found = [(themselves, path) for path in ("/", *account)]
    return found + [(desk, f"/admin/{path}") for path in at_the_desk]


def test_sc_093_what_people_write_is_inert_on_pages(author: User, staff: User) -> None:
    for browser, path in pages_of(author):
        page = browser.get(path)

        assert page.status_code == HTTPStatus.OK, path
        assert "<script>alert" not in page.text, path
        assert INERT in page.text, f"{path} shows none of it"
