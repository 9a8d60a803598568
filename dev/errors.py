"""What goes wrong around the embedded services."""


class ServiceFailed(Exception):
    """A service could not be started. `log` is its output, for the person to read."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(f"{message}\n{log.strip()}" if log.strip() else message)
