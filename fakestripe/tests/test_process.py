"""`python -m fakestripe` as a process: state survives kill -9, production is refused."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import fakestripe
from fakestripe import NotForProduction
from fakestripe.guard import refuse_production
from fakestripe.tests.browser import card, fetch, visit
from fakestripe.tests.conftest import Inbox, connect

ROOT = Path(__file__).parents[2]
Start = Callable[..., tuple[subprocess.Popen, str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the process; gives it and its address."""
    started: list[subprocess.Popen] = []

    def start_(
        *options: str, alone: Path | None = None
    ) -> tuple[subprocess.Popen, str]:
        process = run(*options, alone=alone)
        started.append(process)
        line = process.stdout.readline()
        return process, re.search(r"http://\S+", line)[0]

    yield start_
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def run(
    *options: str, alone: Path | None = None, **environment: str
) -> subprocess.Popen:
    """With `alone`, from that folder and without any installed package (-S)."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("STRIPE_")}
    clean.pop("DEBUG", None)
    return subprocess.Popen(
        [
            *(sys.executable, *(["-S", "-E"] if alone else [])),
            *("-m", "fakestripe", "--port", "0", *options),
        ],
        cwd=alone or ROOT,
        env={**clean, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def control(url: str, name: str, **form: object) -> dict:
    request = urllib.request.Request(
        f"{url}/_fake/{name}",
        json.dumps(form).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read())


def test_kill_loses_no_answered_request_and_no_delivery(
    start: Start, inbox: Inbox, tmp_path: Path
) -> None:
    data = str(tmp_path / "state.sqlite")
    hook = ("--webhook", inbox.url, "--secret", "whsec_test")
    inbox.answers = [500] * 1_000
    process, url = start("--data", data, *hook)
    client = connect(url)
    customers = [client.v1.customers.create({"name": f"c{n}"}).id for n in range(20)]
    key = {"idempotency_key": "k1"}
    moved = control(url, "advance", days=20)["now"]
    kept = client.v1.products.create({"name": "Pro"}, key)

    process.send_signal(signal.SIGKILL)
    process.wait()
    inbox.answers = []
    inbox.bodies = []
    _, url = start("--data", data, *hook)

    client = connect(url)
    listed = client.v1.customers.list({"limit": 100}).data
    assert [customer.id for customer in listed] == customers[::-1]
    assert client.v1.products.create({"name": "Pro"}, key).id == kept.id
    assert control(url, "advance", seconds=0)["now"] >= moved
    control(url, "advance", days=1)  # brings the retries on
    deadline = time.monotonic() + 20
    while control(url, "advance", seconds=0)["pending_deliveries"]:
        assert time.monotonic() < deadline, "events are not delivered again"
        time.sleep(0.05)
    arrived = {json.loads(body)["data"]["object"]["id"] for body, _ in inbox.bodies}
    assert arrived >= {*customers, kept.id}


def test_kill_in_the_middle_of_a_long_move_of_the_clock(
    start: Start, tmp_path: Path
) -> None:
    data = str(tmp_path / "state.sqlite")
    process, url = start("--data", data)
    client = connect(url)
    price = client.v1.prices.create(
        {
            "currency": "usd",
            "unit_amount": 100,
            "recurring": {"interval": "day"},
            "product_data": {"name": "Daily"},
        }
    )
    customer = client.v1.customers.create(
        {
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    subscription = client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}]}
    )
    body = b'{"days": 2000}'
    request = urllib.request.Request(
        f"{url}/_fake/advance", body, {"Content-Type": "application/json"}
    )
    with pytest.raises(OSError, match="timed out"):
        urllib.request.urlopen(request, timeout=0.5)

    process.send_signal(signal.SIGKILL)
    process.wait()
    _, url = start("--data", data)

    client = connect(url)
    item = client.v1.subscriptions.retrieve(subscription.id)["items"].data[0]
    invoices = list(client.v1.invoices.list({"limit": 100}).auto_paging_iter())
    days = (item.current_period_end - subscription.start_date) // 86_400
    assert len(invoices) == days > 1
    assert {invoice.status for invoice in invoices} == {"paid"}


def test_needs_nothing_but_itself(start: Start, tmp_path: Path) -> None:
    package = Path(fakestripe.__file__).parent
    ignored = shutil.ignore_patterns("tests", "__pycache__")
    shutil.copytree(package, tmp_path / "fakestripe", ignore=ignored)

    _, url = start(alone=tmp_path)

    client = connect(url)
    price = client.v1.prices.create(
        {
            "currency": "usd",
            "unit_amount": 900,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Pro"},
        }
    )
    session = client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": f"{url}/dashboard",
        }
    )
    paid = visit(session.url, card(email="ann@example.com"))
    assert paid.location == f"{url}/dashboard"
    invoice = client.v1.invoices.list().data[0]
    assert fetch(invoice.invoice_pdf)[0] == "application/pdf"
    assert fetch(f"{url}/static/style.css")[0].startswith("text/css")
    assert visit(paid.location).status == 200


def test_ends_cleanly_on_sigterm(start: Start) -> None:
    process, _ = start()

    process.terminate()

    assert process.wait(10) == 0


def test_taken_port_is_said_clearly(start: Start) -> None:
    _, url = start()
    port = url.rpartition(":")[2]

    second = run("--port", port)
    _, said = second.communicate(timeout=10)

    assert second.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in said


def test_listens_on_this_machine_only_and_names_the_public_address(
    start: Start,
) -> None:
    _, url = start("--public-url", "http://stripe.test:9000/")

    assert url.startswith("http://127.0.0.1:")
    client = connect(url)
    customer = client.v1.customers.create({})
    portal = client.v1.billing_portal.sessions.create({"customer": customer.id})
    assert portal.url.startswith("http://stripe.test:9000/p/session/")


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"DEBUG": "False"}, "DEBUG"),
        ({"DEBUG": "0"}, "DEBUG"),
        ({"STRIPE_SECRET_KEY": "sk_live_x"}, "STRIPE_SECRET_KEY"),
        ({"STRIPE_SECRET_KEY": "rk_live_x", "DEBUG": "1"}, "STRIPE_SECRET_KEY"),
    ],
)
def test_production_is_refused(environment: dict[str, str], name: str) -> None:
    with pytest.raises(NotForProduction, match=name):
        refuse_production(environment)


def test_development_is_not_refused() -> None:
    refuse_production({"DEBUG": "True", "STRIPE_SECRET_KEY": "sk_test_x"})
    refuse_production({})


def test_process_refuses_production() -> None:
    process = run(STRIPE_SECRET_KEY="sk_live_abc")
    _, said = process.communicate(timeout=10)

    assert process.returncode == 2
    assert "STRIPE_SECRET_KEY holds a live key" in said
    assert "sk_live_abc" not in said


def test_state_belongs_to_one_process_at_a_time(start: Start, tmp_path: Path) -> None:
    data = str(tmp_path / "state.sqlite")
    start("--data", data)

    second = run("--data", data)
    _, said = second.communicate(timeout=20)

    assert second.returncode == 1
    assert f"cannot use {data}: database is locked" in said


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "notes.txt"
    data.write_text("Remember the milk. " * 100)

    process = run("--data", str(data))
    _, said = process.communicate(timeout=10)

    assert process.returncode == 1
    assert "file is not a database" in said
    assert data.read_text().startswith("Remember the milk.")


def test_webhook_of_the_command_line_moves_with_the_site(
    start: Start, inbox: Inbox, tmp_path: Path
) -> None:
    data = str(tmp_path / "state.sqlite")
    before = ("--webhook", "http://127.0.0.1:9/before", "--secret", "whsec_test")
    process, _ = start("--data", data, *before)
    process.terminate()
    process.wait()

    _, url = start("--data", data, "--webhook", inbox.url, "--secret", "whsec_test")

    [endpoint] = connect(url).v1.webhook_endpoints.list().data
    assert endpoint.url == inbox.url
