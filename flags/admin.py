"""Where staff switch features: find a row, see whom it is for and whether it counts, switch it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from flags import actions, subjects
from flags.errors import FlagExists, FlagLocked, FlagNotFound
from flags.evaluation import Snapshot
from flags.forms import FlagForm, NewFlagForm, SubjectForm
from flags.models import FeatureFlag
from saas.admin import CheckedSelection

HELP = {
    "feature_name": "As the code asks for it. One feature may have many rows.",
    "scope": "The narrowest row decides: user, then workspace, plan, global.",
    "is_enabled": "Off here means off for these people, even where a wider row says on.",
    "rollout_percentage": "On for this share only, 0 to 100. Empty: for all. Raising it only"
    " adds people; nobody who has the feature loses it.",
    "rollout_unit": "What is counted: single users, or whole workspaces.",
    "is_locked": "Only for global: this row decides for everybody, whatever the other rows"
    " say. With the feature off, this stops it at once.",
}


class FlagChangeList(ChangeList):
    """Adds to the rows of a page what a column cannot look up without a query each."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        subjects.name(rows)
        locked = FeatureFlag.objects.filter(
            is_locked=True, feature_name__in={row.feature_name for row in rows}
        )
        states = dict(locked.values_list("feature_name", "is_enabled"))
        for row in rows:
            row.overruled_by = None if row.is_locked else states.get(row.feature_name)


@admin.register(FeatureFlag)
class FeatureFlagAdmin(CheckedSelection, admin.ModelAdmin):
    list_filter = ["scope", "is_enabled", "is_locked"]
    list_select_related = ["updated_by"]
    search_fields = ["feature_name", "description", "scope_id"]
    search_help_text = "A feature, or the user or workspace that rows are for."
    ordering = ["feature_name", "scope", "id"]
    show_full_result_count = False
    actions = ["switch_on", "switch_off", "kill", "release"]
    readonly_fields = ["subject", "created_at", "updated_at", "updated_by"]

    class Media:
        css = {"all": ["flags/admin.css"]}
        js = ["flags/admin.js"]

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<uuid:pk>/switch",
                self.admin_site.admin_view(self.switch_view),
                name="flags_featureflag_switch",
            ),
            path(
                "seen_by",
                self.admin_site.admin_view(self.seen_by_view),
                name="flags_featureflag_seen_by",
            ),
        ]
        return own + super().get_urls()

    # --- the list ---

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return FlagChangeList

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        # The button beside the name: further right, a narrow window hides it.
        button = [self._button(request)] if self.has_change_permission(request) else []
        columns = ["scope", "subject", "state", "share", "updated_at", "updated_by"]
        return ["feature_name", *button, *columns]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[FeatureFlag], search_term: str
    ) -> tuple[QuerySet[FeatureFlag], bool]:
        found, duplicates = super().get_search_results(request, queryset, search_term)
        if search_term:
            theirs = Q(scope_id__in=subjects.matching(search_term))
            found = found | queryset.filter(theirs)
        return found, duplicates

    @admin.display(description="for")
    def subject(self, flag: FeatureFlag) -> str:
        if not hasattr(flag, "subject"):
            subjects.name([flag])
        return flag.subject

    @admin.display(description="state", ordering="is_enabled")
    def state(self, flag: FeatureFlag) -> str:
        word = "on" if flag.is_enabled else "off"
        badge = format_html('<b class="flag-{}">{}</b>', word, word.upper())
        if flag.is_locked:
            text = "locked on for everybody" if flag.is_enabled else "KILLED"
            return format_html('{} <b class="flag-killed">{}</b>', badge, text)
        if flag.overruled_by is not None:
            text = "on" if flag.overruled_by else "off"
            return format_html(
                '<s>{}</s> <span class="flag-overruled">locked {} for everybody</span>',
                badge,
                text,
            )
        return badge

    @admin.display(description="share", ordering="rollout_percentage")
    def share(self, flag: FeatureFlag) -> str:
        if flag.rollout_percentage is None:
            return "all"
        return f"{flag.rollout_percentage} % of {flag.rollout_unit}s"

    def _button(self, request: HttpRequest) -> Callable[[FeatureFlag], str]:
        # Says the state that is wanted, not "the other one": a stale page or a second
        # click cannot switch back. It submits the list's own form, with its CSRF token.
        filters = self.get_preserved_filters(request)

        @admin.display(description="switch")
        def switch(flag: FeatureFlag) -> str:
            if flag.is_locked:
                return "locked"
            url = reverse("admin:flags_featureflag_switch", args=[flag.pk])
            wanted = "off" if flag.is_enabled else "on"
            return format_html(
                '<button class="button" type="submit" formnovalidate formaction="{}?{}"'
                ' name="to" value="{}" aria-label="Switch {} {} for {}">Switch {}</button>',
                url,
                filters,
                wanted,
                flag.feature_name,
                wanted,
                flag.subject,
                wanted,
            )

        return switch

    # --- what staff do ---

    @method_decorator(require_POST)
    def switch_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        flag = get_object_or_404(FeatureFlag, pk=pk)
        if not self.has_change_permission(request, flag):
            raise PermissionDenied
        wanted = request.POST.get("to")
        if wanted in {"on", "off"}:
            self._switch(request, [flag], wanted)
        else:
            self.message_user(request, "Say on or off.", messages.ERROR)
        filters = request.GET.get("_changelist_filters", "")
        url = reverse("admin:flags_featureflag_changelist")
        return HttpResponseRedirect(f"{url}?{filters}" if filters else url)

    @admin.action(description="Switch on", permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[FeatureFlag]) -> None:
        self._switch(request, list(queryset), "on")

    @admin.action(description="Switch off", permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[FeatureFlag]) -> None:
        self._switch(request, list(queryset), "off")

    def _switch(
        self, request: HttpRequest, flags: list[FeatureFlag], wanted: str
    ) -> None:
        subjects.name(flags)
        for flag in flags:
            try:
                actions.change(flag, by=request.user, is_enabled=wanted == "on")
            except (FlagLocked, FlagNotFound) as e:
                self.message_user(request, e.message, messages.ERROR)
            else:
                done = f"Switched {flag.feature_name} {wanted} for {flag.subject}."
                self.message_user(request, done, messages.SUCCESS)

    @admin.action(
        description="KILL the feature for everybody", permissions=["add", "change"]
    )
    def kill(self, request: HttpRequest, queryset: QuerySet[FeatureFlag]) -> None:
        for name in sorted(set(queryset.values_list("feature_name", flat=True))):
            actions.kill(name, by=request.user)
            self.message_user(
                request, f"Killed {name}: off for everybody.", messages.WARNING
            )

    @admin.action(description="Release the kill switch", permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[FeatureFlag]) -> None:
        for name in sorted(set(queryset.values_list("feature_name", flat=True))):
            actions.release(name, by=request.user)
            self.message_user(
                request,
                f"The rows of {name} count again; its global row stays as it is.",
            )

    def seen_by_view(self, request: HttpRequest) -> HttpResponse:
        """All features as one user sees them, in a workspace or outside."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = SubjectForm(request.GET or None)
        decisions = []
        if form.is_valid():
            who = form.cleaned_data["user"], form.cleaned_data["workspace"]
            snapshot = Snapshot.of(*who)
            names = FeatureFlag.objects.values_list("feature_name", flat=True)
            decisions = [
                snapshot.decide(name, *who)
                for name in names.order_by("feature_name").distinct()
            ]
        context = {
            **self.admin_site.each_context(request),
            "title": "Features as seen by somebody",
            "opts": self.opts,
            "form": form,
            "media": self.media + form.media,
            "decisions": decisions,
        }
        template = "admin/flags/featureflag/seen_by.html"
        return TemplateResponse(request, template, context)

    # --- the form ---

    def get_form(
        self, request: HttpRequest, obj: FeatureFlag | None = None, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = FlagForm if obj else NewFlagForm
        return super().get_form(request, obj, help_texts=HELP, form=form, **kwargs)

    def get_fieldsets(
        self, request: HttpRequest, obj: FeatureFlag | None = None
    ) -> list[Any]:
        subject = ["subject"] if obj else ["plan", "workspace", "user"]
        rollout = ["rollout_percentage", "rollout_unit"]
        kill = ["is_locked"] if obj is None or obj.scope == "global" else []
        history = ["created_at", "updated_at", "updated_by"] if obj else []
        return [
            (None, {"fields": ["feature_name", "description", "scope", *subject]}),
            ("State", {"fields": ["is_enabled", *self._share(obj, rollout)]}),
            *(
                [("Kill switch", {"fields": kill, "classes": ["flag-kill"]})]
                if kill
                else []
            ),
            *([("History", {"fields": history})] if history else []),
        ]

    def _share(self, obj: FeatureFlag | None, rollout: list[str]) -> list[str]:
        if obj is None or obj.scope in {"global", "plan"}:
            return rollout
        return rollout[:1] if obj.scope == "workspace" else []

    def get_readonly_fields(
        self, request: HttpRequest, obj: FeatureFlag | None = None
    ) -> list[str]:
        # Another feature or subject is another row: the history would tell of two. The
        # kill switch has its actions: a page that was opened before would undo it.
        fixed = ["feature_name", "scope", "is_locked"] if obj else []
        return [*fixed, *self.readonly_fields]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        arguments = (request, object_id, form_url, extra_context)
        try:
            return super().changeform_view(*arguments)
        except (FlagExists, FlagLocked):
            # Somebody was faster by a moment: now the form sees it too, and says so.
            return super().changeform_view(*arguments)

    def save_model(
        self,
        request: HttpRequest,
        obj: FeatureFlag,
        form: forms.ModelForm,
        change: bool,
    ) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            actions.change(obj, by=request.user, **changes)
        else:
            actions.add_flag(obj, by=request.user)

    # The actions have written the history.

    def log_addition(
        self, request: HttpRequest, obj: FeatureFlag, message: Any
    ) -> None:
        return

    def log_change(self, request: HttpRequest, obj: FeatureFlag, message: Any) -> None:
        return
