"""Canceling a plan in the portal, taking that back, and resuming a paused one."""

from typing import TYPE_CHECKING

from fakestripe.pages.portal import frame
from fakestripe.pages.render import NOTHING, Html, Response, day, joined, page, part
from fakestripe.resources import collection, cycle, lifecycle, subscriptions
from fakestripe.state.store import Object
from fakestripe.wire.errors import invalid

if TYPE_CHECKING:
    from fakestripe.world import World

FEATURE = "subscription_cancel"
REASONS = {
    "too_expensive": "It's too expensive",
    "missing_features": "I need more features",
    "switched_service": "I found an alternative",
    "unused": "I no longer need it",
    "customer_service": "Customer service was less than expected",
    "too_complex": "Ease of use was less than expected",
    "low_quality": "Quality was less than expected",
    "other": "Other reason",
}


def ask(world: "World", token: str, id_: str) -> Response:
    session = frame.session_of(world, token, wants=FEATURE)
    plan = frame.own_plan(world, session, id_)
    feature = frame.features(world, session)[FEATURE]
    is_now = feature["mode"] == "immediately"
    end = "today" if is_now else f"on {day(lifecycle.period_end(plan))}"
    return page(
        "portal_cancel.html",
        title="Cancel your plan",
        action=f"{frame.path(session)}/cancel/{id_}",
        back=frame.to_home(session),
        end=end,
        name=frame.names(world, plan),
        reasons=_reasons(feature["cancellation_reason"]),
    )


def cancel(world: "World", token: str, id_: str, typed: dict[str, object]) -> Response:
    """At the end of the period, or now, as the configuration says.

    Raises:
        StripeError: the plan is not theirs, or the reason is none of those offered.
    """
    session = frame.session_of(world, token, wants=FEATURE)
    plan = frame.own_plan(world, session, id_)
    feature = frame.features(world, session)[FEATURE]
    reason = typed.get("feedback") or None
    if reason and reason not in feature["cancellation_reason"]["options"]:
        raise invalid("There is no such reason.", "feedback")
    if feature["mode"] == "immediately":
        plan["cancellation_details"]["feedback"] = reason
        lifecycle.end(world, plan, "cancellation_requested")
    elif not plan["cancel_at_period_end"]:
        with lifecycle.changing(world, plan):
            subscriptions.set_end(world, plan, at_period_end=True)
            plan["cancellation_details"]["feedback"] = reason
    return frame.home(session)


def keep(world: "World", token: str, id_: str) -> Response:
    """It does not end after all."""
    session = frame.session_of(world, token, wants=FEATURE)
    plan = frame.own_plan(world, session, id_)
    if plan["cancel_at"] is not None:
        with lifecycle.changing(world, plan):
            subscriptions.set_end(world, plan, at_period_end=False)
            plan["cancellation_details"]["feedback"] = None
    return frame.home(session)


def resume(world: "World", token: str, id_: str) -> Response:
    """A plan that is paused starts a new period with the card there is now."""
    session = frame.session_of(world, token)
    plan = frame.own_plan(world, session, id_)
    if plan["status"] == "paused" and collection.paying_method(world, plan):
        cycle.resume(world, {}, id_)
    return frame.home(session)


def _reasons(offered: Object) -> Html:
    if not offered["enabled"]:
        return NOTHING
    return part(
        "portal_reasons.html",
        reasons=joined(
            [
                part("dashboard_option.html", value=name, text=text, state="")
                for name, text in REASONS.items()
                if name in offered["options"]
            ]
        ),
    )
