"""The support desk for workspaces: find one, see who is in it, close it or open it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.validators import one_line
from saas.admin import CheckedSelection, ReadOnly
from workspaces import actions
from workspaces.models import Membership, Workspace


class ReasonForm(ActionForm):
    """The box beside the actions of the list."""

    reason = forms.CharField(
        required=False,
        max_length=500,
        validators=[one_line],
        widget=forms.TextInput(attrs={"placeholder": "Reason"}),
    )


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("disabled", "Disabled"), ("suspended", "Suspended")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Workspace]
    ) -> QuerySet[Workspace]:
        if self.value() == "open":
            return queryset.open()
        if self.value() == "disabled":
            return queryset.filter(disabled_at__isnull=False)
        if self.value() == "suspended":
            return queryset.filter(suspended_at__isnull=False)
        return queryset


class MembershipInline(ReadOnly, admin.TabularInline):
    """Who is in it. Members change this over the API, with its rules; support reads."""

    model = Membership
    fields = readonly_fields = ["user", "role", "joined_at"]
    ordering = ["joined_at", "id"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "workspace")


@admin.register(Workspace)
class WorkspaceAdmin(CheckedSelection, admin.ModelAdmin):
    list_display = ["name", "slug", "owner", "state", "created_at"]
    list_filter = [StateFilter, "created_at"]
    list_select_related = ["owner"]
    search_fields = ["name", "slug", "id", "owner__email"]
    ordering = ["-created_at", "-id"]
    show_full_result_count = False
    autocomplete_fields = ["owner"]
    action_form = ReasonForm
    actions = ["suspend", "lift_suspension", "disable", "enable"]
    inlines = [MembershipInline]
    fieldsets = [
        (None, {"fields": ["name", "slug", "owner"]}),
        (
            "History",
            {
                "fields": [
                    "id",
                    "created_at",
                    "disabled_at",
                    "disabled_by",
                    "disabled_reason",
                    "suspended_at",
                ]
            },
        ),
    ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Workspace | None = None
    ) -> list[str]:
        history = self.fieldsets[1][1]["fields"]
        # Handing a workspace over is more than another name in this field.
        return [*history, "owner"] if obj else history

    def get_inlines(self, request: HttpRequest, obj: Workspace | None) -> list[type]:
        return self.inlines if obj else []

    @admin.display(description="State")
    def state(self, workspace: Workspace) -> str:
        if workspace.is_suspended:
            return "suspended"
        return "disabled" if workspace.is_disabled else "open"

    def save_model(
        self, request: HttpRequest, obj: Workspace, form: forms.ModelForm, change: bool
    ) -> None:
        if change:
            actions.rename_workspace(obj, by=request.user, name=obj.name, slug=obj.slug)
        else:
            membership = actions.create_workspace(
                name=obj.name, slug=obj.slug, by=obj.owner
            )
            obj.pk = membership.workspace_id

    def delete_model(self, request: HttpRequest, obj: Workspace) -> None:
        actions.delete_workspace(obj, by=request.user)

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[Workspace]
    ) -> None:
        for workspace in queryset:
            actions.delete_workspace(workspace, by=request.user)

    @admin.action(
        description="Suspend (members cannot undo it)", permissions=["change"]
    )
    def suspend(self, request: HttpRequest, queryset: QuerySet[Workspace]) -> None:
        if reason := self._reason(request):
            for workspace in queryset:
                if actions.suspend_workspace(workspace, by=request.user):
                    told = f"Suspended. Reason: {reason}"
                    self.log_change(request, workspace, told)
            self._report(request, queryset, "suspended")

    @admin.action(description="Lift the suspension", permissions=["change"])
    def lift_suspension(
        self, request: HttpRequest, queryset: QuerySet[Workspace]
    ) -> None:
        for workspace in queryset:
            actions.lift_suspension(workspace, by=request.user)
            self.log_change(request, workspace, "Suspension lifted.")
        self._report(request, queryset, "no longer suspended")

    @admin.action(
        description="Disable (its managers can undo it)", permissions=["change"]
    )
    def disable(self, request: HttpRequest, queryset: QuerySet[Workspace]) -> None:
        if reason := self._reason(request):
            for workspace in queryset:
                if actions.disable_workspace(workspace, by=request.user, reason=reason):
                    told = f"Disabled. Reason: {reason}"
                    self.log_change(request, workspace, told)
            self._report(request, queryset, "disabled")

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Workspace]) -> None:
        for workspace in queryset:
            actions.enable_workspace(workspace, by=request.user)
            self.log_change(request, workspace, "Enabled.")
        self._report(request, queryset, "enabled")

    def _reason(self, request: HttpRequest) -> str:
        """What stands in the box; without it the staff member is asked for one."""
        reason = request.POST.get("reason", "").strip()
        if not reason:
            self.message_user(
                request, "Nothing was done: give a reason first.", messages.ERROR
            )
        return reason

    def _report(
        self, request: HttpRequest, queryset: QuerySet[Workspace], state: str
    ) -> None:
        self.message_user(request, f"Now {state}: {queryset.count()} workspace(s).")
