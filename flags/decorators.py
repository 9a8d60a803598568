"""Views behind a flag, for pages and other plain Django views."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def flag_required(feature_name: str) -> Callable[[View], View]:
    """Answer 403 `feature_disabled` where the feature is off for the user.

    A view of a workspace calls `request.flags.require(..., workspace=...)` itself, once it
    has the workspace; a viewset has the permission `FeatureEnabled.for_(...)`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            request.flags.require(feature_name)
            return view(request, *args, **kwargs)

        return guarded

    return decorate
