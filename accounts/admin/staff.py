"""Whom staff may touch, and who hands out the rights of staff."""

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from accounts.models import User
from saas.admin import NamedLookups

# What makes staff of a user, and gives staff more rights: superusers alone hand it out.
POWERS = ["is_staff", "is_superuser", "groups", "user_permissions"]


def may_touch(request: HttpRequest, user: User | None) -> bool:
    """Staff are for superusers, and each for themselves: with the right to help users,
    one would else help oneself to the rights of a colleague."""
    return (
        request.user.is_superuser
        or user is None
        or user == request.user
        or not (user.is_staff or user.is_superuser)
    )


def refuse_staff(request: HttpRequest, user: User) -> None:
    messages.error(request, f"Left alone: {user} is staff, for superusers to sign out.")


# What a group may, its members may: staff who could change theirs would have every right.
admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(NamedLookups, DjangoGroupAdmin):
    """Rights of staff: superusers alone write them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(
        self, request: HttpRequest, obj: Group | None = None
    ) -> bool:
        return request.user.is_superuser

    def has_delete_permission(
        self, request: HttpRequest, obj: Group | None = None
    ) -> bool:
        return request.user.is_superuser
