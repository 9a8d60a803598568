"""Is a feature on, and why: the rows that apply, read with one query, and the rule over them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    CharField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat

from accounts.models import User
from billing.entitlements import plan_keys
from flags.errors import FeatureDisabled
from flags.models import FeatureFlag, FeatureFlagQuerySet
from flags.rollout import is_reached
from workspaces.models import Membership, Workspace

Scope, Unit = FeatureFlag.Scope, FeatureFlag.Unit


class Reason(StrEnum):
    """Why a decision fell as it did, in the words of OpenFeature."""

    STATIC = "STATIC"  # the global row
    TARGETING_MATCH = "TARGETING_MATCH"  # a row for this user, workspace or plan
    SPLIT = "SPLIT"  # the percentage of the row, whichever row it was
    DISABLED = "DISABLED"  # the kill switch
    UNKNOWN = "UNKNOWN"  # no row applies


@dataclass(frozen=True)
class Decision:
    feature_name: str
    is_enabled: bool
    reason: Reason
    scope: str | None  # of the row that decided


class Row(NamedTuple):
    feature_name: str
    scope: str
    scope_id: str | None
    is_enabled: bool
    is_locked: bool
    rollout_percentage: int | None
    rollout_unit: str
    plans: (
        list[str] | None
    )  # on the rows of plans, the same on each: "<user id> <plan>"

    def decide(self, user: User | None, workspace: Workspace | None) -> Decision:
        return Decision(
            self.feature_name, self._applies(user, workspace), self._reason, self.scope
        )

    def _applies(self, user: User | None, workspace: Workspace | None) -> bool:
        if not self.is_enabled or self.rollout_percentage is None:
            return self.is_enabled
        unit = workspace if self.rollout_unit == Unit.WORKSPACE else user
        # Nobody to count: outside of every share. Guessing one would not be stable.
        return unit is not None and is_reached(
            self.rollout_percentage, self.feature_name, self.rollout_unit, unit.pk
        )

    @property
    def _reason(self) -> Reason:
        if self.is_locked and not self.is_enabled:
            return Reason.DISABLED
        if self.is_enabled and self.rollout_percentage is not None:
            return Reason.SPLIT
        return Reason.STATIC if self.scope == Scope.GLOBAL else Reason.TARGETING_MATCH


class Snapshot:
    """All rows that can matter for somebody at one moment, whatever is asked of them."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._rows: dict[str, dict[tuple[str, str | None], Row]] = {}
        self._plans: dict[str, str] = {}
        for row in map(Row._make, rows):
            self._rows.setdefault(row.feature_name, {})[row.scope, row.scope_id] = row
            if row.plans and not self._plans:
                self._plans = dict(pair.split(" ", 1) for pair in row.plans)

    @classmethod
    def of_user(cls, user: User | None) -> "Snapshot":
        """For one user (None: nobody signed in) and any workspace they are a member of."""
        if user is None:
            return cls(_rows(Q(), User.objects.none()))
        workspaces = Membership.objects.filter(user=user)
        keys = workspaces.values(key=Cast("workspace_id", CharField()))
        theirs = Q(scope=Scope.USER, scope_id=str(user.pk))
        theirs |= Q(scope=Scope.WORKSPACE, scope_id__in=keys)
        owners = workspaces.values("workspace__owner")
        payers = User.objects.filter(Q(pk=user.pk) | Q(pk__in=owners))
        return cls(_rows(theirs, payers))

    @classmethod
    def of(
        cls,
        user: User | None,
        workspace: Workspace | None,
        feature_name: str | None = None,
    ) -> "Snapshot":
        """For exactly these; membership is not looked at. Of one feature, if it is named."""
        theirs = Q()
        for scope, subject in ((Scope.USER, user), (Scope.WORKSPACE, workspace)):
            if subject is not None:
                theirs |= Q(scope=scope, scope_id=str(subject.pk))
        payers = User.objects.filter(pk=_payer(user, workspace))
        rows = _rows(theirs, payers)
        return cls(rows.of(feature_name) if feature_name is not None else rows)

    def decide(
        self, feature_name: str, user: User | None, workspace: Workspace | None
    ) -> Decision:
        rows = self._rows.get(feature_name, {})
        row = self._deciding(rows, user, workspace)
        if row is None:
            return Decision(feature_name, False, Reason.UNKNOWN, None)
        return row.decide(user, workspace)

    def decide_all(
        self, user: User | None, workspace: Workspace | None
    ) -> list[Decision]:
        """One decision for each feature that has a row for these, by name."""
        decisions = (self.decide(name, user, workspace) for name in sorted(self._rows))
        return [d for d in decisions if d.reason != Reason.UNKNOWN]

    def _deciding(
        self,
        rows: dict[tuple[str, str | None], Row],
        user: User | None,
        workspace: Workspace | None,
    ) -> Row | None:
        everybody = rows.get((Scope.GLOBAL, None))
        if everybody is not None and everybody.is_locked:
            return everybody
        keys = [
            (Scope.USER, str(user.pk) if user else None),
            (Scope.WORKSPACE, str(workspace.pk) if workspace else None),
            (Scope.PLAN, self._plans.get(str(_payer(user, workspace)))),
        ]
        return next((rows[key] for key in keys if key in rows), everybody)


def is_enabled(
    feature_name: str,
    *,
    user: User | None = None,
    workspace: Workspace | None = None,
) -> bool:
    """For code outside of a request (tasks, commands); inside one, ask `request.flags`."""
    snapshot = Snapshot.of(user, workspace, feature_name)
    return snapshot.decide(feature_name, user, workspace).is_enabled


def require(
    feature_name: str,
    *,
    user: User | None = None,
    workspace: Workspace | None = None,
) -> None:
    """Stop an action, a task or a webhook handler whose feature is off.

    Raises:
        FeatureDisabled: it is off for these.
    """
    if not is_enabled(feature_name, user=user, workspace=workspace):
        raise FeatureDisabled(feature_name=feature_name)


def _payer(user: User | None, workspace: Workspace | None) -> UUID | None:
    """In a workspace its owner's plan counts, elsewhere the user's own."""
    if workspace is not None:
        return workspace.owner_id
    return user.pk if user is not None else None


def _rows(theirs: Q, payers: QuerySet[User]) -> FeatureFlagQuerySet:
    """The rows of everybody, of all plans and `theirs`, with the plans of `payers`."""
    plans = payers.annotate(plan=Subquery(plan_keys(OuterRef("pk"))[:1]))
    pairs = plans.exclude(plan=None).values(
        pair=Concat(
            Cast("pk", CharField()), Value(" "), "plan", output_field=CharField()
        )
    )
    everybodys = Q(scope__in=[Scope.GLOBAL, Scope.PLAN])
    # PostgreSQL runs the subquery once, and only if there is a row of a plan at all.
    return (
        FeatureFlag.objects.filter(everybodys | theirs)
        .annotate(plans=Case(When(scope=Scope.PLAN, then=ArraySubquery(pairs))))
        .values_list(*Row._fields)
    )
