"""Users at the support desk: looked up, changed, signed out, deleted."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    UserChangeForm,
)
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import mfa, sessions
from accounts.admin.staff import POWERS, may_touch, refuse_staff
from accounts.deletion import delete_account
from accounts.errors import AccountInUse
from accounts.models import User
from saas.admin import NamedLookups, ReadOnly
from saas.errors import DomainError

# Staff see addresses with their user; changing a row by hand would skip its proof.
admin.site.unregister(EmailAddress)


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


class UserPasswordForm(AdminPasswordChangeForm):
    def save(self, commit: bool = True) -> User:
        """Its owner hears of it: staff, or who sits at their desk, may mean no good."""
        user = super().save(commit)
        get_adapter().send_mail("account/email/password_set_by_staff", user.email, {})
        return user


class EmailAddressInline(ReadOnly, admin.TabularInline):
    model = EmailAddress
    extra = 0
    fields = ["email", "verified", "primary"]


@admin.register(User)
class UserAdmin(NamedLookups, DjangoUserAdmin):
    form = UserEditForm
    add_form = UserCreationForm
    change_password_form = UserPasswordForm
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
