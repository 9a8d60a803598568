"""The JSON of flags."""

from typing import Any

from rest_framework import serializers

from flags import subjects
from flags.evaluation import Reason
from flags.models import FeatureFlag, validate_feature_name

Scope = FeatureFlag.Scope


class FeatureFlagSerializer(serializers.ModelSerializer):
    """A row. `scope_id` is the id of a workspace or user, or the product of a plan."""

    feature_name = serializers.CharField(
        max_length=100, validators=[validate_feature_name]
    )
    scope_id = serializers.CharField(max_length=255, allow_null=True, default=None)

    class Meta:
        model = FeatureFlag
        fields = [
            "id",
            "feature_name",
            "is_enabled",
            "scope",
            "scope_id",
            "is_locked",
            "rollout_percentage",
            "rollout_unit",
            "description",
            "created_at",
            "updated_at",
            "updated_by",
        ]
        read_only_fields = ["updated_by"]
        validators: list[Any] = []  # a row that is there is changed, not refused

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        FeatureFlag(**attrs).clean()
        return {**attrs, "scope_id": subjects.find(attrs["scope"], attrs["scope_id"])}


class DecisionSerializer(serializers.Serializer):
    """What one feature is for somebody, and which row said so."""

    feature_name = serializers.CharField()
    is_enabled = serializers.BooleanField()
    reason = serializers.ChoiceField([reason.value for reason in Reason])
    scope = serializers.ChoiceField(Scope.choices, allow_null=True)


class SubjectQuery(serializers.Serializer):
    """For whom a feature is asked."""

    workspace_id = serializers.UUIDField(
        required=False, help_text="A workspace of yours, to ask for it too."
    )
    user_id = serializers.UUIDField(
        required=False, help_text="Another user; for staff who may view flags."
    )


class RowQuery(serializers.Serializer):
    """Which row of a feature; without parameters all of them."""

    scope = serializers.ChoiceField(Scope.choices, required=False)
    scope_id = serializers.CharField(max_length=255, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # A misspelled parameter must not turn "this row" into "all rows".
        query = self.context["request"].query_params
        for name in query:
            if name not in self.fields or len(query.getlist(name)) > 1:
                raise serializers.ValidationError(
                    {name: "Unknown, or given twice."}, code="unknown_parameter"
                )
        has_id, scope = "scope_id" in attrs, attrs.get("scope")
        if has_id and scope is None:
            raise serializers.ValidationError(
                {"scope": "Say the scope of this scope_id."}, code="required"
            )
        if has_id and scope == Scope.GLOBAL:
            raise serializers.ValidationError(
                {"scope_id": "A global row has no scope_id."}, code="not_for_global"
            )
        if not has_id and scope not in {None, Scope.GLOBAL}:
            raise serializers.ValidationError(
                {"scope_id": f"Name the {scope} of the row."}, code="required"
            )
        return attrs
