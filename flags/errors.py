"""What flags refuse."""

from saas.errors import NotAllowed, NotFound


class FeatureDisabled(NotAllowed):
    """The feature is off here; `feature_name` is added to the answer."""

    code = "feature_disabled"
    message = "This feature is not switched on for you."


class FlagNotFound(NotFound):
    message = "There is no such flag."
