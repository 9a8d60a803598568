"""What flags refuse."""

from saas.errors import Conflict, NotAllowed, NotFound


class FeatureDisabled(NotAllowed):
    """The feature is off here; `feature_name` is added to the answer."""

    code = "feature_disabled"
    message = "This feature is not switched on for you."


class FlagNotFound(NotFound):
    message = "There is no such flag."


class FlagExists(Conflict):
    message = "There is a row for this already: change that one."


class FlagLocked(Conflict):
    code = "flag_locked"
    message = "This row is locked: release its kill switch first."
