"""How many events of Stripe the product takes in a second: `python -m bench.webhooks`.

gunicorn as production runs it (`gunicorn.conf.py`, two workers), a real PostgreSQL and
Valkey, the offline Stripe in a process of its own, and clients that wait for each answer, as
Stripe does. Each event is new to the product, of a customer and a subscription that it knows:
a renewal's working day. Prints a table in markdown.
"""

import argparse
import json
import logging
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from importlib.metadata import version
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import local
from time import perf_counter
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import django
import psutil
import psycopg
import stripe

from dev.processes import HOST, dying_with_parent, free_port, wait_until
from dev.services import attach
from fakestripe.webhooks.signature import header
from tests.production import environment
from tests.serving import PROXIED, SECRET, STRIPE, Server

TYPES = (
    "customer.updated",
    "customer.subscription.updated",
    "invoice.paid",
    "invoice_payment.paid",
    "charge.succeeded",
)
CUSTOMERS = 40
CLIENTS = 32  # more than the threads of the server, so that it always has work
WARM = 100  # events before the clock starts
COUNTED = 20  # events to count the statements of
DATABASE = "bench_webhooks"
START_SECONDS = 60

Event = dict[str, Any]
Row = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where everything listens."""

    server: Server
    database_url: str
    stripe_url: str


@dataclass(frozen=True)
class Result:
    """Of one kind of event: seconds it took, and of these each event.

    `cpu` (seconds), `statements` and `savepoints` are means.
    """

    seconds: float
    times: list[float]
    cpu: float
    statements: float
    savepoints: float

    def row(self, kind: str, latency: int, threads: int) -> Row:
        ordered = sorted(self.times)
        p50, p95 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.95))
        return (
            kind,
            f"{latency} ms",
            str(threads),
            f"{len(ordered) / self.seconds:.0f}",
            f"{p50 * 1000:.0f} ms",
            f"{p95 * 1000:.0f} ms",
            f"{self.cpu * 1000:.0f} ms",
            f"{self.statements:.0f}",
            f"{self.savepoints:.0f}",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=600, help="of each kind")
    parser.add_argument(
        "--latency-ms",
        type=int,
        nargs="+",
        default=[1, 150],
        help="how far away Stripe's API is",
    )
    parser.add_argument("--workers", type=int, default=2, help="of gunicorn")
    parser.add_argument(
        "--threads", type=int, nargs="+", default=[3, 8], help="of each worker"
    )
    kinds = ("mixed", *TYPES)
    parser.add_argument("--kinds", nargs="+", default=kinds, choices=kinds)
    options = parser.parse_args()
    print(described(options.workers))
    print(table(list(figures(options))))


def figures(options: argparse.Namespace) -> Iterator[Row]:
    """A row for each kind of event, each distance and each number of threads."""
    with running(options.workers) as place:
        library = stripe.StripeClient(
            STRIPE["STRIPE_SECRET_KEY"], base_addresses={"api": place.stripe_url}
        )
        samples = renewals(library)
        for threads in options.threads:
            place.server.kill()
            place.server.environment["WEB_THREADS"] = str(threads)
            place.server.start()
            for latency in options.latency_ms:
                control(place.stripe_url, latency=latency / 1000)
                for kind in options.kinds:
                    chosen = samples if kind == "mixed" else {kind: samples[kind]}
                    result = measure(place, chosen, options.events)
                    row = result.row(kind, latency, threads)
                    print(*row, file=sys.stderr, flush=True)
                    yield row


@contextmanager
def running(workers: int) -> Iterator[Place]:
    """Everything started, on an empty database, and gone afterwards."""
    with TemporaryDirectory(prefix="saas-bench-") as folder, ExitStack() as stack:
        home = Path(folder)
        home.chmod(0o711)  # run by root, PostgreSQL enters it as somebody else
        services = attach(home / "services")
        base = services.database_url
        with psycopg.connect(base, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        database_url = f"{base.rsplit('/', 1)[0]}/{DATABASE}"
        stores = {"DATABASE_URL": database_url, "REDIS_URL": services.redis_url}
        make = [sys.executable, "-m", "dev.database", "--from-models"]
        subprocess.run(
            make,
            env=environment(**stores, DEBUG="true"),
            check=True,
            capture_output=True,
        )
        url = stack.enter_context(offline_stripe())
        server = Server(
            home / "log",
            workers=workers,
            **stores,
            STRIPE_API_HOST=url,
        )
        stack.callback(server.kill)
        server.start()
        # This process counts statements as the product on the same stores.
        os.environ.update(server.environment, DJANGO_SETTINGS_MODULE="saas.settings")
        django.setup()
        logging.disable(logging.INFO)  # the table is what is printed
        yield Place(server, database_url, url)


@contextmanager
def offline_stripe() -> Iterator[str]:
    port = free_port()
    # Nothing of ours: it refuses to run where the environment says production.
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "fakestripe", "--port", str(port)],
        env=kept,
        preexec_fn=dying_with_parent(),
        stdout=subprocess.DEVNULL,
    )
    url = f"http://{HOST}:{port}"
    try:
        assert wait_until(lambda: answers(url), START_SECONDS), "fakestripe"
        yield url
    finally:
        process.kill()
        process.wait()


def answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/_fake/state", timeout=5):
            return True
    except OSError:
        return False


def control(url: str, **chaos: float) -> None:
    body = "&".join(f"{name}={value}" for name, value in chaos.items())
    with urlopen(f"{url}/_fake/chaos", body.encode(), timeout=10):
        pass


def renewals(library: stripe.StripeClient) -> dict[str, list[Event]]:
    """Customers who pay, and of each kind of event one for each of them."""
    v1 = library.v1
    price = v1.prices.create(
        {
            "product": v1.products.create({"name": "Pro"}).id,
            "currency": "usd",
            "unit_amount": 900,
            "recurring": {"interval": "month"},
        }
    )
    for n in range(CUSTOMERS):
        customer = v1.customers.create({"email": f"user{n}@example.com"}).id
        card = v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
        subscription = v1.subscriptions.create(
            {
                "customer": customer,
                "items": [{"price": price.id}],
                "default_payment_method": card,
            }
        )
        v1.customers.update(customer, {"metadata": {"n": str(n)}})
        v1.subscriptions.update(subscription.id, {"metadata": {"n": str(n)}})
    return {
        kind: [
            event.to_dict(for_json=True)
            for event in v1.events.list({"type": kind, "limit": CUSTOMERS}).data
        ]
        for kind in TYPES
    }


def measure(place: Place, samples: dict[str, list[Event]], number: int) -> Result:
    """Deliver as many events, each of them new, evenly of each kind and customer."""
    events = endless(samples)
    connections = local()

    def deliver(event: Event) -> float:
        body, headers = signed(event)
        if not hasattr(connections, "http"):
            connections.http = HTTPConnection(HOST, place.server.port, timeout=60)
        started = perf_counter()
        connections.http.request("POST", "/webhook/stripe", body, headers)
        response = connections.http.getresponse()
        answer = response.read()
        assert response.status == HTTPStatus.OK, (response.status, answer)
        return perf_counter() - started

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(deliver, islice(events, WARM)))
        chosen = list(islice(events, number))
        before, started = cpu(place.server), perf_counter()
        times = list(pool.map(deliver, chosen))
        seconds = perf_counter() - started
    spent = (cpu(place.server) - before) / number
    return Result(seconds, times, spent, *statements(samples))


def cpu(server: Server) -> float:
    """Processor time of gunicorn so far, in seconds: a busy machine hardly changes it."""
    workers = psutil.Process(server.process.pid).children()
    return sum(sum(worker.cpu_times()[:2]) for worker in workers)


def statements(samples: dict[str, list[Event]]) -> tuple[float, float]:
    """What PostgreSQL is asked for an event: statements, and savepoints besides.

    Counted in this process, by the same code on the same database.
    """
    from django.db import connection, reset_queries
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    asked: list[str] = []
    for event in islice(endless(samples), COUNTED):
        body, headers = signed(event)
        reset_queries()
        with CaptureQueriesContext(connection) as queries:
            answer = Client().post(
                "/webhook/stripe",
                body,
                content_type="application/json",
                headers=headers,
            )
        assert answer.status_code == HTTPStatus.OK, answer.content
        asked += [query["sql"] for query in queries]
    savepoints = sum("SAVEPOINT" in sql for sql in asked)
    return (len(asked) - savepoints) / COUNTED, savepoints / COUNTED


def endless(samples: dict[str, list[Event]]) -> Iterator[Event]:
    """Each of them new here, as its id is; the kinds by turns, and so the customers."""
    for n in count():
        for events in samples.values():
            yield {**events[n % len(events)], "id": f"evt_{uuid4().hex}"}


def signed(event: Event) -> tuple[str, dict[str, str]]:
    body = json.dumps(event)
    headers = {"Content-Type": "application/json", **PROXIED}
    return body, headers | {"Stripe-Signature": header(body, SECRET)}


def described(workers: int) -> str:
    packages = ("django", "dj-stripe", "stripe", "gunicorn", "psycopg")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"{os.cpu_count()} cores shared by all processes, Python"
        f" {platform.python_version()}, {versions}; gunicorn with {workers}"
        f" workers, {CLIENTS} clients, {CUSTOMERS} customers.\n"
    )


def table(rows: list[Row]) -> str:
    head = (
        *("event", "API away", "threads", "events/s", "p50", "p95"),
        *("CPU", "statements", "savepoints"),
    )
    lines = [head, ("---", *("---:",) * 8), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
