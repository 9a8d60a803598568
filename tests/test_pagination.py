"""Pages of lists: each row once, whatever is added meanwhile, at the price of one page."""

import base64
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from accounts.models import User
from saas.pagination import Pages

PATH = "/listed_users"

pytestmark = pytest.mark.urls("tests.listing_urls")


@pytest.fixture
def users(db) -> list[User]:
    """Newest first; the middle ones were created in the same instant."""
    now = timezone.now()
    ages = [0, 1, 2, 2, 2, 2, 2, 3, 4]
    users = [
        User(email=f"u{i}@example.com", created_at=now - timedelta(seconds=age))
        for i, age in enumerate(ages)
    ]
    User.objects.bulk_create(users)
    return list(User.objects.order_by("-created_at", "-id"))


def walk(client, url: str, link: str = "next") -> list[str]:
    found = []
    while url:
        body = client.get(url).json()
        found += [row["id"] for row in body["results"]]
        url = body[link]
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 4, 9, 100])
def test_pages_hold_each_row_once_in_order(anonymous, users, size):
    assert walk(anonymous, f"{PATH}?page_size={size}") == [str(u.pk) for u in users]


def test_rows_added_meanwhile_move_nothing(anonymous, users):
    first = anonymous.get(f"{PATH}?page_size=2").json()
    User.objects.create_user("new@example.com")

    rest = walk(anonymous, first["next"])

    assert [r["id"] for r in first["results"]] + rest == [str(u.pk) for u in users]


def test_previous_leads_back(anonymous, users):
    first = anonymous.get(f"{PATH}?page_size=2").json()
    second = anonymous.get(first["next"]).json()

    back = anonymous.get(second["previous"]).json()

    assert first["previous"] is None
    assert back["results"] == first["results"]


def test_a_page_costs_one_statement_and_no_count(
    anonymous, users, django_assert_num_queries
):
    with django_assert_num_queries(1) as captured:
        anonymous.get(f"{PATH}?page_size=2")

    assert "COUNT(" not in captured[0]["sql"].upper()


def test_sc_092_page_size_is_capped(anonymous, users, monkeypatch):
    monkeypatch.setattr(Pages, "max_page_size", 3)

    for size in ("4", "1000000", "9" * 400):
        body = anonymous.get(f"{PATH}?page_size={size}").json()
        assert len(body["results"]) == 3


@pytest.mark.parametrize("size", ["0", "-1", "x", "1.5", "", "²", "1e3", "00"])
def test_odd_page_size(anonymous, users, size):
    response = anonymous.get(PATH, {"page_size": size})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    (error,) = response.json()["errors"]
    assert (error["code"], error["attr"]) == ("invalid_page_size", "page_size")


def forged(**parts: str) -> str:
    return base64.b64encode(urlencode(parts).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "A" * 3000,
        forged(p="yesterday"),
        forged(p="2026-13-45 99:00"),
        forged(p="999999-01-01"),
        forged(p="\0"),
        forged(p="2026-01-01", o="-1"),
        forged(p="2026-01-01", o="x"),
        forged(p="2026-01-01", r="x"),
        forged(p="-infinity"),
        base64.b64encode(b"\xff\xfe").decode(),
    ],
)
def test_forged_cursor(anonymous, users, cursor):
    response = anonymous.get(PATH, {"cursor": cursor})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    (error,) = response.json()["errors"]
    assert (error["code"], error["attr"]) == ("invalid_cursor", "cursor")


def test_offset_in_a_cursor_is_bounded(anonymous, users):
    response = anonymous.get(PATH, {"cursor": forged(o="9" * 30)})

    assert response.status_code == HTTPStatus.OK
    assert response.json()["results"] == []
