"""The overview: the clock and its buttons, the trouble, what there is."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from fakestripe import agenda
from fakestripe.pages.dashboard import frame, lists
from fakestripe.pages.dashboard.events import event_row
from fakestripe.pages.render import NOTHING, Html, Response, joined, part, redirect
from fakestripe.resources import collection
from fakestripe.state.clock import DAY, HOUR, plus_intervals
from fakestripe.state.store import equals
from fakestripe.webhooks import deliveries
from fakestripe.webhooks.chaos import Chaos
from fakestripe.wire.errors import StripeError

if TYPE_CHECKING:
    from fakestripe.world import World

LATEST = 10
MOVES = {
    "hour": "+1 hour",
    "day": "+1 day",
    "week": "+1 week",
    "month": "+1 month",
    "year": "+1 year",
}
SECONDS = {"hour": HOUR, "day": DAY, "week": 7 * DAY}
SHARES = ("duplicates", "drop", "rate_limits", "failures", "lost_answers")
AFTER_DUNNING = {
    "cancel": "is canceled",
    "unpaid": "becomes unpaid",
    "past_due": "stays past due",
}
Typed = dict[str, object]


def show(world: "World", problem: str = "", typed: Typed | None = None) -> Response:
    """`typed` is what was wrong in the form of the trouble, with its `problem`."""
    latest = world.store.find("event", limit=LATEST)
    heads = ["Event", "About", "Created", "Delivery", "Tries", "Last answer", ""]
    content = part(
        "dashboard_overview.html",
        alert=part("alert.html", text=problem) if problem else NOTHING,
        moves=joined(_moves(world)),
        now=frame.moment(world.clock.now()),
        latest=frame.table(
            heads, [event_row(world, event) for event in latest], "No events yet."
        ),
        counts=joined(_counts(world)),
        ends=joined(_ends(world)),
        **_trouble(world.chaos, typed),
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return frame.framed(world, "Overview", content, status=status)


def move_clock(world: "World", typed: Typed) -> Response:
    """By hours or days, by the calendar, or to the end of the next trial.

    Raises:
        StripeError: no such move, or nobody is on trial.
    """
    with world.transaction():
        now = world.clock.time()
        target = _target(world, str(typed.get("to")))
    # Outside the transaction: each step of the way is saved on its own.
    agenda.advance(world, target - now)
    return redirect("/dashboard")


def make_trouble(world: "World", typed: Typed) -> Response:
    with world.transaction():
        try:
            world.chaos = Chaos(
                latency=_number(typed, "latency", 1),
                delay=_number(typed, "delay", 1),
                **{name: _number(typed, name, 100) for name in SHARES},
                disorder="disorder" in typed,
                seed=world.chaos.seed,
            )
        except ValueError as e:
            return show(world, f"The trouble stays as it was: {e}.", typed)
    return redirect("/dashboard")


def set_account(world: "World", typed: Typed) -> Response:
    with world.transaction():
        try:
            collection.set_after_dunning(world, str(typed.get("after_dunning", "")))
        except ValueError as e:
            return show(world, f"The account stays as it was: {e}.")
    return redirect("/dashboard")


def _ends(world: "World") -> list[Html]:
    current = collection.after_dunning(world)
    return [
        part(
            "dashboard_option.html",
            value=end,
            text=AFTER_DUNNING[end],
            state=Html(" selected") if end == current else NOTHING,
        )
        for end in collection.AFTER_DUNNING
    ]


def _target(world: "World", move: str) -> float:
    now = world.clock.time()
    if move in SECONDS:
        return now + SECONDS[move]
    if move in ("month", "year"):
        return plus_intervals(int(now), move, 1) + now % 1
    end = _next_trial_end(world)
    if move != "trial" or end is None:
        raise StripeError("The clock cannot be moved there.")
    return max(end, now)


def _next_trial_end(world: "World") -> int | None:
    on_trial = world.store.find("subscription", equals("status", "trialing"))
    return min((plan["trial_end"] for plan in on_trial), default=None)


def _moves(world: "World") -> list[Html]:
    moves = dict(MOVES)
    end = _next_trial_end(world)
    if end is not None:
        moves["trial"] = f"To the end of the trial ({frame.moment(end)})"
    return [
        frame.press("/dashboard/clock", text, "to", move)
        for move, text in moves.items()
    ]


def _counts(world: "World") -> list[Html]:
    rows = dict(
        world.store.execute(
            "SELECT kind, count(*) FROM objects"
            " WHERE json_extract(body, '$.deleted') IS NULL GROUP BY kind"
        ).fetchall()
    )
    shown = [(tab, str(rows.get(lists.LISTS[tab][0], 0))) for tab in frame.LISTS]
    pending = str(deliveries.pending(world))
    return [
        part("dashboard_count.html", url=url, name=name, number=number)
        for url, name, number in (
            *((f"/dashboard/{tab}", tab, number) for tab, number in shown),
            ("/dashboard/webhooks", "deliveries to come", pending),
        )
    ]


def _trouble(chaos: Chaos, typed: Typed | None) -> dict[str, str | Html]:
    values: Typed = {
        "latency": f"{chaos.latency:g}",
        "delay": f"{chaos.delay:g}",
        **{name: f"{getattr(chaos, name) * 100:g}" for name in SHARES},
    }
    is_disordered = chaos.disorder
    if typed is not None:
        values = {name: typed.get(name, "") for name in values}
        is_disordered = "disorder" in typed
    checked = Html(" checked") if is_disordered else NOTHING
    return {**{k: str(v) for k, v in values.items()}, "disorder": checked}


def _number(typed: Typed, name: str, whole: int) -> float:
    """A share is typed in percent, so that `whole` is 100.

    Raises:
        ValueError: it is no number.
    """
    text = typed.get(name, "")
    try:
        value = float(str(text).strip() or 0)
    except ValueError as e:
        raise ValueError(f"{name} must be a number") from e
    # Said in the units of the form, where `Chaos` would speak of 0 to 1.
    if whole == 100 and not 0 <= value <= whole:
        raise ValueError(f"{name} must be from 0 to 100 percent")
    return value / whole
