"""`python -m fakestripe --port 8420 --webhook http://127.0.0.1:8000/webhook/stripe`"""

import argparse
import os
import signal
import sqlite3
import sys
import threading

from fakestripe import Chaos, FakeStripe, NotForProduction


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m fakestripe",
        description="An offline Stripe for development and tests.",
    )
    parser.add_argument("--port", type=int, default=8420)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--public-url", help="the address that browsers use")
    parser.add_argument("--webhook", help="where events are sent")
    parser.add_argument("--secret", help="whsec_..., signs what is sent there")
    parser.add_argument("--data", help="file that keeps the state")
    parser.add_argument(
        "--latency", type=float, default=0.0, help="seconds each API answer takes"
    )
    parser.add_argument(
        "--chaos",
        type=float,
        default=0.0,
        metavar="S",
        help="deliveries wait up to S seconds, in disorder, 30 %% of them twice",
    )
    given = parser.parse_args()
    if bool(given.webhook) != bool(given.secret):
        parser.error("--webhook and --secret belong together")
    return given


def trouble(given: argparse.Namespace) -> Chaos:
    if not given.chaos:
        return Chaos(latency=given.latency)
    return Chaos(
        latency=given.latency, delay=given.chaos, duplicates=0.3, disorder=True
    )


def main() -> int:
    given = arguments()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        fake = FakeStripe(given.data, chaos=trouble(given))
        url = fake.start(given.port, given.host, given.public_url)
    except (NotForProduction, ValueError) as e:
        print(e, file=sys.stderr)
        return 2
    except sqlite3.Error as e:
        print(f"fakestripe cannot use {given.data}: {e}", file=sys.stderr)
        return 1
    except OSError as e:
        where = f"{given.host}:{given.port}"
        print(f"fakestripe cannot listen on {where}: {e.strerror}", file=sys.stderr)
        return 1
    if given.webhook:
        fake.register_webhook(given.webhook, given.secret, moving=True)
    print(f"Offline Stripe on {url} (process {os.getpid()})", flush=True)
    stop.wait()
    fake.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
