"""The forms of the admin: people pick whom a flag is for by name."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect

from accounts.models import User
from flags import subjects
from flags.errors import FlagExists, FlagLocked
from flags.models import FeatureFlag
from workspaces.models import Membership, Workspace


class Picker(AutocompleteSelect):
    """Finds a user or workspace by name while one types."""

    def __init__(self, field: str) -> None:
        # Its search comes from a foreign key, and a membership has both of them.
        super().__init__(Membership._meta.get_field(field), admin.site)

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> list[Any]:
        # Django looks up what was chosen before and breaks on what is no UUID.
        return super().optgroups(name, [v for v in value if _is_uuid(v)], attrs)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class SubjectForm(forms.Form):
    """Somebody to look at the flags of."""

    user = forms.ModelChoiceField(
        User.objects.all(), required=False, widget=Picker("user")
    )
    workspace = forms.ModelChoiceField(
        Workspace.objects.all(), required=False, widget=Picker("workspace")
    )


class NewFlagForm(forms.ModelForm):
    """A new row; whom it is for is picked with the field that its scope names."""

    workspace = forms.ModelChoiceField(
        Workspace.objects.all(), required=False, widget=Picker("workspace")
    )
    user = forms.ModelChoiceField(
        User.objects.all(), required=False, widget=Picker("user")
    )
    plan = forms.ChoiceField(required=False)

    class Meta:
        model = FeatureFlag
        fields = [
            "feature_name",
            "scope",
            "workspace",
            "user",
            "plan",
            "is_enabled",
            "rollout_percentage",
            "rollout_unit",
            "is_locked",
            "description",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plans = [(key, f"{name} ({key})") for key, name in subjects.plans().items()]
        self.fields["plan"].choices = [("", "---------"), *plans]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        scope = data.get("scope")
        self.instance.scope_id = None
        if scope in {"plan", "workspace", "user"}:
            self._take_subject(scope, data.get(scope))
        if not self.errors:
            self._refuse_second_row(data["feature_name"], scope)
        return data

    def _take_subject(self, scope: str, subject: Any) -> None:
        if subject:
            self.instance.scope_id = str(getattr(subject, "pk", subject))
        elif scope not in self.errors:
            self.add_error(
                scope,
                forms.ValidationError(
                    f"Pick the {scope} that this is for.", code="required"
                ),
            )

    def _refuse_second_row(self, feature_name: str, scope: str) -> None:
        same = FeatureFlag.objects.filter(
            feature_name=feature_name, scope=scope, scope_id=self.instance.scope_id
        )
        if same.exists():
            raise forms.ValidationError(FlagExists.message, code="unique")


class FlagForm(forms.ModelForm):
    """Changes a row. A page from before a kill is no way around it."""

    def clean_is_enabled(self) -> bool:
        if self.instance.is_locked and "is_enabled" in self.changed_data:
            raise forms.ValidationError(FlagLocked.message, code=FlagLocked.code)
        return self.cleaned_data["is_enabled"]
