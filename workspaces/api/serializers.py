"""The JSON of workspaces and members."""

from rest_framework import serializers

from accounts.validators import one_line
from workspaces.api.base import WorkspaceModelSerializer
from workspaces.models import Membership, Workspace, slug_form


class WorkspaceSerializer(WorkspaceModelSerializer):
    """A workspace as one member sees it: built from the membership."""

    id = serializers.UUIDField(source="workspace.id", read_only=True)
    name = serializers.CharField(source="workspace.name", read_only=True)
    slug = serializers.CharField(source="workspace.slug", read_only=True)
    role = serializers.ChoiceField(Membership.Role.choices, read_only=True)
    is_owner = serializers.BooleanField(read_only=True)
    is_disabled = serializers.BooleanField(
        source="workspace.is_disabled", read_only=True
    )
    disabled_at = serializers.DateTimeField(
        source="workspace.disabled_at", read_only=True, allow_null=True
    )
    disabled_reason = serializers.CharField(
        source="workspace.disabled_reason", read_only=True
    )
    suspended_at = serializers.DateTimeField(
        source="workspace.suspended_at", read_only=True, allow_null=True
    )
    created_at = serializers.DateTimeField(
        source="workspace.created_at", read_only=True
    )

    class Meta:
        model = Membership
        fields = [
            "id",
            "name",
            "slug",
            "role",
            "is_owner",
            "is_disabled",
            "disabled_at",
            "disabled_reason",
            "suspended_at",
            "created_at",
        ]


class WorkspaceInputSerializer(serializers.ModelSerializer):
    """What its managers may say about a workspace."""

    # Not the model's own: its UniqueValidator would ask first and still lose a race.
    slug = serializers.CharField(
        required=False,
        max_length=60,
        validators=[slug_form],
        help_text="Made from the name when it is left out.",
    )

    class Meta:
        model = Workspace
        fields = ["name", "slug"]


class DisableSerializer(serializers.Serializer):
    reason = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=500,
        validators=[one_line],
        help_text="Shown to everyone whom the closed workspace refuses.",
    )


class TransferSerializer(serializers.Serializer):
    member = serializers.UUIDField(
        help_text="The id of a member, as the list of members has it."
    )


class MemberSerializer(WorkspaceModelSerializer):
    user_id = serializers.UUIDField(read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)
    is_owner = serializers.BooleanField(read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "user_id", "email", "name", "role", "is_owner", "joined_at"]
        read_only_fields = ["id", "joined_at"]
