"""`request.flags`: what is on for whoever sent this request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.models import User
from flags.errors import FeatureDisabled
from flags.evaluation import Decision, Snapshot
from workspaces.models import Workspace


class RequestFlags:
    """Costs no query until it is asked, then one for the whole request.

    A workspace counts only where it is given, and only for its members: of any other the
    rows are not even read. It is no check of access: a view has done that before.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._of_user: dict[object, Snapshot] = {}

    def is_enabled(
        self, feature_name: str, *, workspace: Workspace | None = None
    ) -> bool:
        return self.decide(feature_name, workspace=workspace).is_enabled

    def require(self, feature_name: str, *, workspace: Workspace | None = None) -> None:
        """Raise FeatureDisabled where it is off."""
        if not self.is_enabled(feature_name, workspace=workspace):
            raise FeatureDisabled(feature_name=feature_name)

    def decide(
        self, feature_name: str, *, workspace: Workspace | None = None
    ) -> Decision:
        user = self._user
        return self._snapshot(user).decide(feature_name, user, workspace)

    @property
    def _user(self) -> User | None:
        # A bearer route knows its user only after authentication, so ask each time.
        user = getattr(self._request, "user", None)
        return user if user is not None and user.is_authenticated else None

    def _snapshot(self, user: User | None) -> Snapshot:
        key = user.pk if user else None
        if key not in self._of_user:
            self._of_user[key] = Snapshot.of_user(user)
        return self._of_user[key]


class FlagsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.flags = RequestFlags(request)
        return self.get_response(request)
