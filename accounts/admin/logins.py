"""Logins at the support desk, of the API and of pages: read, and ended."""

from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import sessions
from accounts.admin.staff import may_touch, refuse_staff
from accounts.models import AuthSession
from saas.admin import ReadOnly


@admin.register(AuthSession)
class AuthSessionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = [
        "user",
        "created_at",
        "last_refreshed_at",
        "ip",
        "user_agent",
        "revoked_at",
        "revoke_reason",
    ]
    list_filter = ["revoke_reason", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "ip"]
    ordering = ["-created_at", "-id"]
    actions = ["end"]
    # Not the keys: with a session key one could be that user on a page.
    fields = [
        "id",
        "user",
        "created_at",
        "last_refreshed_at",
        "expires_at",
        "revoked_at",
        "revoke_reason",
        "ip",
        "user_agent",
    ]

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_authsession")

    @admin.action(description="End selected logins", permissions=["end"])
    def end(self, request: HttpRequest, queryset: QuerySet[AuthSession]) -> None:
        ended = 0
        for session in queryset.select_related("user"):
            if not may_touch(request, session.user):
                refuse_staff(request, session.user)
                continue
            sessions.end_session(session, sessions.ENDED_BY_STAFF)
            self.log_change(request, session, "Ended.")
            ended += 1
        messages.success(request, f"Ended: {ended} login(s).")


# allauth's own page searches a username, which nobody here has, and shows the session key.
admin.site.unregister(UserSession)


@admin.register(UserSession)
class UserSessionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = fields = ["user", "created_at", "last_seen_at", "ip", "user_agent"]
    list_select_related = ["user"]
    search_fields = ["user__email", "ip"]
    ordering = ["-created_at", "-pk"]
