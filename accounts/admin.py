"""Accounts at the support desk."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.generic import RedirectView

from accounts import mfa, sessions
from accounts.audit.admin import AuditEventAdmin  # noqa: F401 - registers itself
from accounts.deletion import delete_account
from accounts.errors import AccountInUse
from accounts.models import AuthSession, User
from saas.admin import NamedLookups, ReadOnly
from saas.errors import DomainError

# Staff sign in as everybody does: with verified address, limits and second factor.
admin.site.login = secure_admin_login(admin.site.login)
# And change their password where tries are counted, and a notice is sent.
admin.site.password_change = RedirectView.as_view(
    pattern_name="account_change_password"
)


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


class UserCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["email"]
        field_classes: dict[str, type] = {}


class UserEditForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, type] = {}


class EmailAddressInline(ReadOnly, admin.TabularInline):
    model = EmailAddress
    extra = 0
    fields = ["email", "verified", "primary"]


@admin.register(User)
class UserAdmin(NamedLookups, DjangoUserAdmin):
    form = UserEditForm
    add_form = UserCreationForm
    inlines = [EmailAddressInline]
    list_display = ["email", "name", "is_active", "is_staff", "created_at"]
    list_filter = ["is_active", "is_staff", "created_at"]
    search_fields = ["email", "name", "id"]
    ordering = ["-created_at", "-id"]
    actions = ["end_all_logins", "remove_second_factors"]
    # An address changes by proof alone: it is the login, and mails of other rows depend on it.
    readonly_fields = ["id", "email", "last_login", "created_at"]
    fieldsets = [
        (None, {"fields": ["id", "email", "password"]}),
        ("Profile", {"fields": ["name", "locale", "timezone", "marketing_opt_in"]}),
        (
            "Access",
            {
                "fields": [
                    "is_active",
                    "is_staff",
                    "is_superuser",
                    "groups",
                    "user_permissions",
                ]
            },
        ),
        ("History", {"fields": ["last_login", "created_at"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "usable_password", "password1", "password2"]})
    ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: User | None = None
    ) -> list[str]:
        if obj is None:
            return []
        if request.user.is_superuser:
            return list(self.readonly_fields)
        return [*self.readonly_fields, *POWERS]

    def has_change_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        # The page of the password asks this too.
        return may_touch(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        return may_touch(request, obj) and super().has_delete_permission(request, obj)

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        # Read as Django reads it: one id has many spellings.
        if self.get_object(request, unquote(id)) == request.user:
            # Where the old one is asked for: a session that was left open must not do.
            return redirect("account_change_password")
        return super().user_change_password(request, id, form_url)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[type]:
        return self.inlines if obj else []

    def save_model(
        self, request: HttpRequest, obj: User, form: ModelForm, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            # Unverified: the first login proves it with a code.
            EmailAddress.objects.create(user=obj, email=obj.email, primary=True)

    def get_actions(self, request: HttpRequest) -> dict:
        # One at a time: an account may be in use, and the page of one can say by what.
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list, dict, set, list]:
        # Who may delete an account may delete its logins with it, which nobody may delete
        # alone; what protects an account is for `delete_account` to say.
        found, counts, _, _ = super().get_deleted_objects(objs, request)
        return found, counts, set(), []

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().delete_view(request, *args, **kwargs)
        except AccountInUse as e:
            for blocker in e.data["blockers"]:
                messages.error(request, blocker["detail"])
            return redirect("admin:accounts_user_changelist")

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        delete_account(obj, by=request.user)

    @admin.action(description="End all logins", permissions=["change"])
    def end_all_logins(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        ended = 0
        for user in queryset:
            if not may_touch(request, user):
                refuse_staff(request, user)
                continue
            sessions.end_all_sessions(user, sessions.ENDED_BY_STAFF)
            self.log_change(request, user, "Ended all logins.")
            ended += 1
        messages.success(request, f"Signed out everywhere: {ended} user(s).")

    def has_remove_factors_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("mfa.delete_authenticator")

    @admin.action(
        description="Remove all second factors", permissions=["remove_factors"]
    )
    def remove_second_factors(
        self, request: HttpRequest, queryset: QuerySet[User]
    ) -> None:
        """For one who has lost the last one, after support has made sure who asks."""
        if len(queryset) != 1:
            messages.error(request, "Choose one: each has to be made sure of.")
            return
        user = queryset[0]
        try:
            mfa.remove_all_factors(user, by=request.user)
        except DomainError as e:
            messages.error(request, e.message)
            return
        self.log_change(request, user, "Removed all second factors.")
        messages.success(request, f"{user} signs in by password alone, and was told.")


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


# Staff see addresses with their user; changing a row by hand would skip its proof.
admin.site.unregister(EmailAddress)

# allauth's own page searches a username, which nobody here has, and shows the session key.
admin.site.unregister(UserSession)


@admin.register(UserSession)
class UserSessionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = fields = ["user", "created_at", "last_seen_at", "ip", "user_agent"]
    list_select_related = ["user"]
    search_fields = ["user__email", "ip"]
    ordering = ["-created_at", "-pk"]


# Providers are settings, and their tokens are not kept: nobody writes a secret there.
admin.site.unregister([SocialApp, SocialToken, SocialAccount])


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnly, admin.ModelAdmin):
    """Connections to providers of logins; a row made by hand would let somebody in."""

    list_display = fields = ["user", "provider", "uid", "date_joined", "last_login"]
    list_filter = ["provider", "date_joined"]
    list_select_related = ["user"]
    search_fields = ["user__email", "uid"]
    ordering = ["-date_joined", "-pk"]


# allauth's own page shows the sealed secret in a box, to type over, and adds new ones.
admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly, admin.ModelAdmin):
    """Second factors. Support takes them away on the list of users, nobody makes one."""

    list_display = fields = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    ordering = ["-created_at", "-pk"]
