"""Whom a row is for: checks the id of a subject, and finds the names that people read."""

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from djstripe.models import Product

from accounts.models import User
from billing.plans import PLAN_KEY
from flags.models import FeatureFlag
from workspaces.models import Workspace

MODELS = {"workspace": Workspace, "user": User}
LABELS = {"workspace": "name", "user": "email"}


def plans() -> dict[str, str]:
    """The name of each plan by its key, as `billing.entitlements.plan_key` tells it."""
    known = Product.objects.filter(livemode=settings.STRIPE_LIVE_MODE)
    keys = known.annotate(key=PLAN_KEY).order_by("name", "id")
    return dict(keys.values_list("key", "name"))


def find(scope: str, scope_id: str | None) -> str | None:
    """The id in its one spelling, after a look whether there is such a subject.

    Raises:
        ValidationError: for `scope_id`, with the code `not_for_global`, `required`,
            `invalid` or `does_not_exist`.
    """
    if scope == "global":
        if scope_id is not None:
            raise _wrong(
                "not_for_global", "A global row is for everybody: no scope_id."
            )
        return None
    if not scope_id:
        raise _wrong("required", f"Name the {scope} that this is for.")
    if scope == "plan":
        if scope_id not in plans():
            raise _wrong("does_not_exist", "There is no plan with this key.")
        return scope_id
    key = _uuid(scope_id)
    if not MODELS[scope].objects.filter(pk=key).exists():
        raise _wrong("does_not_exist", f"There is no {scope} with this id.")
    return str(key)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as e:
        raise _wrong("invalid", "This is not a UUID.") from e


def _wrong(code: str, message: str) -> ValidationError:
    return ValidationError({"scope_id": ValidationError(message, code=code)})


def name(rows: Iterable[FeatureFlag]) -> None:
    """Set `subject` on each row to what people call it: one query per kind of subject."""
    rows = list(rows)
    names = {("global", None): "everybody"}
    for scope in {row.scope for row in rows} - {"global"}:
        ids = {row.scope_id for row in rows if row.scope == scope}
        names |= {(scope, key): name for key, name in _names(scope, ids).items()}
    for row in rows:
        gone = f"{row.scope_id} (gone)"
        row.subject = names.get((row.scope, row.scope_id), gone)


def matching(term: str) -> list[str]:
    """The ids of users and workspaces whose label holds `term`: at most 100 of each."""
    return [
        str(key)
        for scope, model in MODELS.items()
        for key in model.objects.filter(
            **{f"{LABELS[scope]}__icontains": term}
        ).values_list("pk", flat=True)[:100]
    ]


def _names(scope: str, ids: set[str | None]) -> dict[str, str]:
    if scope == "plan":
        return plans()
    found = MODELS[scope].objects.filter(pk__in=ids).values_list("pk", LABELS[scope])
    return {str(key): name for key, name in found}
