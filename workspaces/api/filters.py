"""Query parameters of lists."""

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters

from workspaces.models import Membership

STATES = {
    "active": Q(workspace__disabled_at=None, workspace__suspended_at=None),
    "disabled": Q(workspace__disabled_at__isnull=False),
    "suspended": Q(workspace__suspended_at__isnull=False),
}


class WorkspaceFilter(filters.FilterSet):
    state = filters.ChoiceFilter(
        choices=[(state, state) for state in STATES], method="in_state"
    )

    def in_state(
        self, memberships: QuerySet[Membership], name: str, value: str
    ) -> QuerySet[Membership]:
        return memberships.filter(STATES[value])


class MemberFilter(filters.FilterSet):
    role = filters.ChoiceFilter(choices=Membership.Role.choices)
