"""Who may reach a route of flags, and which routes a flag opens."""

from django.views import View
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class FlagStaff(BasePermission):
    """Staff with the model permissions that the action names in `needs`."""

    message = "Only staff with the permission for feature flags may do this."
    needs: dict[str, tuple[str, ...]] = {
        "list": ("flags.view_featureflag",),
        "create": ("flags.add_featureflag", "flags.change_featureflag"),
        "destroy": ("flags.delete_featureflag",),
    }

    def has_permission(self, request: Request, view: View) -> bool:
        # OPTIONS, and methods that no action answers, say nothing that a list does not.
        needed = self.needs.get(view.action, self.needs["list"])
        return request.user.is_staff and request.user.has_perms(needed)


class FeatureEnabled(BasePermission):
    """`permission_classes = [IsAuthenticated, FeatureEnabled.for_("beta_search")]`.

    403 `feature_disabled` where it is off. In a viewset that is scoped to a workspace, it
    is asked for that workspace. It comes after the permissions that say who may.
    """

    feature_name: str

    @classmethod
    def for_(cls, feature_name: str) -> type["FeatureEnabled"]:
        return type(cls.__name__, (cls,), {"feature_name": feature_name})

    def has_permission(self, request: Request, view: View) -> bool:
        request.flags.require(
            self.feature_name, workspace=getattr(view, "workspace", None)
        )
        return True
