"""What goes wrong when the product is started; the message says what to do."""


class ServiceFailed(Exception):
    """A service could not be started. `log` is its output, for the person to read."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(f"{message}\n{log.strip()}" if log.strip() else message)


class Refused(Exception):
    """It cannot run like this; the message says why and what to do."""
