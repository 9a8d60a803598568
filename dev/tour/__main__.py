"""`python -m dev.tour [URL]`: walks, and ends with 1 on any surprise."""

import argparse
import os
import re
import sys

from dev import services
from dev.addresses import PORT
from dev.only_one import site_of
from dev.processes import HOST
from dev.tour import accounts, billing, flags, workspaces
from dev.tour.client import Surprise, Traveller, chapter, say


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?", default=running_site())
    traveller = Traveller(parser.parse_args().url)
    try:
        walk(traveller)
    except Surprise as surprise:
        sys.stdout.flush()
        print(f"\n\nSURPRISE: {surprise}", file=sys.stderr)
        return 1
    say("The tour is complete: every route answered as the OpenAPI document promises.")
    return 0


def running_site() -> str:
    """Where `make run` of this checkout listens, or would by default."""
    port = os.environ.get("PORT") or PORT
    return site_of(services.HOME / "run.lock") or f"http://{HOST}:{port}"


def walk(traveller: Traveller) -> None:
    """All chapters in order.

    Raises:
        Surprise: an answer was not the expected one, or a route was left out.
    """
    chapter("0. Is anybody there?")
    traveller.call("GET", "health/live", expect=200)
    traveller.call("GET", "health/ready", expect=200)
    traveller.call("GET", "no/such/route", expect=404, code="not_found")
    person = accounts.visit(traveller)
    workspace_id = workspaces.visit(traveller)
    billing.visit(traveller, person)
    flags.visit(traveller, person.id, workspace_id)
    leave_nothing_out(traveller)


def leave_nothing_out(traveller: Traveller) -> None:
    """Compare the routes that were called with the OpenAPI document."""
    document = traveller.send("GET", "openapi.json").json
    seen = [(method, "/" + path) for method, path in traveller.visited]
    missed = [
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"}
        and not any(
            method.upper() == m and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), p)
            for m, p in seen
        )
    ]
    if missed:
        raise Surprise("these routes are not part of the tour: " + ", ".join(missed))


if __name__ == "__main__":
    sys.exit(main())
