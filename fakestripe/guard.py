"""The fake takes no real money, so it must never stand where real money is expected."""

from collections.abc import Mapping

FALSE = {"0", "false", "no", "off", "f", "n"}


class NotForProduction(RuntimeError):
    """The environment looks like production."""


def refuse_production(environment: Mapping[str, str]) -> None:
    """Raises NotForProduction, naming the variable that says so."""
    debug = environment.get("DEBUG")
    if debug is not None and debug.strip().lower() in FALSE:
        raise NotForProduction(
            f"fakestripe is for development and tests: DEBUG={debug} says production."
        )
    for name, value in environment.items():
        if name.startswith("STRIPE_") and value.startswith(("sk_live_", "rk_live_")):
            raise NotForProduction(
                f"fakestripe is for development and tests: {name} holds a live key."
            )
