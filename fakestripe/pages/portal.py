"""The hosted billing portal: the plan, the card, the end, the invoices."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fakestripe.pages.badges import badge
from fakestripe.pages.card_form import CardForm
from fakestripe.pages.render import (
    NOTHING,
    Html,
    Response,
    day,
    joined,
    link,
    message,
    page,
    part,
    redirect,
)
from fakestripe.resources import (
    challenges,
    collection,
    customers,
    lifecycle,
    money,
    payment_methods,
    payments,
    portal,
    subscription_changes,
    subscriptions,
)
from fakestripe.resources.account import account
from fakestripe.resources.cards import Challenge
from fakestripe.state.store import Object, differs, equals
from fakestripe.wire.errors import StripeError

if TYPE_CHECKING:
    from fakestripe.world import World


def show(world: "World", token: str) -> Response:
    session = _session(world, token)
    if isinstance(session, Response):
        return session
    customer = world.get("customer", session["customer"])
    plans = customers.live_subscriptions(world, customer["id"])
    return page(
        "portal.html",
        title="Billing",
        back=_back(session),
        business=_business(world),
        email=customer["email"] or customer["id"],
        invoices=_invoices(world, customer, session),
        method=_method(world, customer, plans, session),
        plans=joined([_plan(world, plan, session) for plan in plans])
        or Html('<p class="quiet">You have no subscription.</p>'),
    )


def ask_card(world: "World", token: str) -> Response:
    session = _session(world, token)
    if isinstance(session, Response):
        return session
    return _card_page(session, CardForm())


def change_card(world: "World", token: str, typed: dict[str, object]) -> Response:
    """Save the card for all that is to be paid from now on."""
    session = _session(world, token)
    if isinstance(session, Response):
        return session
    form = CardForm.read(typed)
    form.check(world.clock.now())
    if form.errors:
        return _card_page(session, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if refusal := form.card.on_attach:
        form.general = refusal.message
        return _card_page(session, form, HTTPStatus.PAYMENT_REQUIRED)
    if form.card.challenge is not Challenge.NEVER:
        asked = challenges.ask(world, "card", token=token, **form.kept())
        return redirect(asked["url"])
    return _save_card(world, session, form)


def answered(world: "World", details: dict[str, Any], *, is_passed: bool) -> Response:
    """Back from the challenge for a new card."""
    session = _session(world, details["token"])
    if isinstance(session, Response):
        return session
    form = CardForm.read(details)
    if is_passed:
        return _save_card(world, session, form)
    form.general = challenges.FAILED
    return _card_page(session, form, HTTPStatus.PAYMENT_REQUIRED)


def _save_card(world: "World", session: Object, form: CardForm) -> Response:
    customer = world.get("customer", session["customer"])
    details = {"name": form.name, "email": customer["email"]}
    method = payment_methods.build(
        world, form.card, expiry=form.expires, details=details
    )
    subscription_changes.use_card(world, customer, method)
    return _home(session)


def ask_cancel(world: "World", token: str, id_: str) -> Response:
    session = _session(world, token)
    if isinstance(session, Response):
        return session
    plan = _own_plan(world, session, id_)
    return page(
        "portal_cancel.html",
        title="Cancel your plan",
        action=f"{_path(session)}/cancel/{id_}",
        back=link(_path(session), "← Back to billing"),
        name=_names(world, plan),
        end=day(lifecycle.period_end(plan)),
    )


def cancel(world: "World", token: str, id_: str) -> Response:
    """At the end of the period."""
    return _set_end(world, token, id_, at_period_end=True)


def resume(world: "World", token: str, id_: str) -> Response:
    return _set_end(world, token, id_, at_period_end=False)


def pay_invoice(world: "World", token: str, id_: str) -> Response:
    """Try an open invoice once more."""
    session = _session(world, token)
    if isinstance(session, Response):
        return session
    invoice = world.get("invoice", id_)
    if invoice["customer"] == session["customer"] and invoice["status"] == "open":
        collection.attempt(world, invoice, by_hand=True)
        if url := payments.challenge_of(world, invoice):
            return redirect(url)
    return _home(session)


def _set_end(world: "World", token: str, id_: str, *, at_period_end: bool) -> Response:
    session = _session(world, token)
    if isinstance(session, Response):
        return session
    plan = _own_plan(world, session, id_)
    if plan["cancel_at_period_end"] != at_period_end:
        with lifecycle.changing(world, plan):
            subscriptions.set_end(world, plan, at_period_end=at_period_end)
    return _home(session)


def _session(world: "World", token: str) -> Object | Response:
    found = world.store.find("billing_portal.session", equals("_token", token))
    if not found:
        return message(
            HTTPStatus.NOT_FOUND, "Page not found", "There is no such billing page."
        )
    session = found[0]
    customer = world.store.get(session["customer"])
    if (
        not portal.is_open(world, session)
        or customer is None
        or "email" not in customer
    ):
        return message(
            HTTPStatus.GONE,
            "This page has expired",
            "Open the billing page again from your account.",
            _back(session),
        )
    return session


def _own_plan(world: "World", session: Object, id_: str) -> Object:
    plan = world.get("subscription", id_)
    is_own = plan["customer"] == session["customer"]
    if not is_own or plan["status"] in lifecycle.ENDED:
        raise StripeError(f"No such subscription: '{id_}'", status=HTTPStatus.NOT_FOUND)
    return plan


def _path(session: Object) -> str:
    return f"/p/session/{session['_token']}"


def _home(session: Object) -> Response:
    return redirect(_path(session))


def _back(session: Object) -> Html:
    url = session["return_url"]
    return link(url, "← Return") if url else NOTHING


def _business(world: "World") -> str:
    return account(world)["settings"]["dashboard"]["display_name"]


def _names(world: "World", plan: Object) -> str:
    products = [
        world.get("product", item["price"]["product"])["name"]
        for item in plan["items"]["data"]
    ]
    return " and ".join(products)


def _plan(world: "World", plan: Object, session: Object) -> Html:
    together = plan["items"]["data"]
    amount = sum(i["price"]["unit_amount"] * i["quantity"] for i in together)
    is_ending = plan["cancel_at"] is not None
    url = f"{_path(session)}/{'resume' if is_ending else 'cancel'}/{plan['id']}"
    button = (
        part("resume_button.html", url=url)
        if is_ending
        else Html(link(url, "Cancel plan").replace("<a ", '<a class="button plain" '))
    )
    return part(
        "portal_plan.html",
        badge=badge(plan["status"]),
        button=button,
        name=_names(world, plan),
        next=_what_is_next(plan),
        price=f"{money.shown(amount, plan['currency'])}"
        f" per {money.each(together[0]['price'])}",
    )


def _what_is_next(plan: Object) -> str:
    if plan["cancel_at"] is not None:
        return f"Your plan ends on {day(plan['cancel_at'])}."
    if plan["status"] in ("past_due", "unpaid"):
        return "The last payment failed. Change the card, then pay the open invoice."
    if plan["status"] == "trialing":
        return f"Your trial ends on {day(plan['trial_end'])}."
    return f"Your plan renews on {day(lifecycle.period_end(plan))}."


def _method(
    world: "World", customer: Object, plans: list[Object], session: Object
) -> Html:
    id_ = customer["invoice_settings"]["default_payment_method"]
    for plan in plans:
        id_ = plan["default_payment_method"] or id_
    if id_ is None:
        text, expires = "No card on file", ""
    else:
        card = world.get("payment_method", id_)["card"]
        text = f"{card['brand'].title()} •••• {card['last4']}"
        expires = f"Expires {card['exp_month']:02}/{card['exp_year']}"
    return part(
        "portal_method.html", card=text, expires=expires, url=f"{_path(session)}/card"
    )


def _invoices(world: "World", customer: Object, session: Object) -> Html:
    rows = world.store.find(
        "invoice",
        equals("customer", customer["id"]),
        differs("status", "draft"),
        limit=24,
    )
    if not rows:
        return Html('<tr><td class="quiet">No invoices yet.</td></tr>')
    return joined(
        [
            part(
                "portal_invoice.html",
                amount=money.shown(row["total"], row["currency"]),
                badge=badge(row["status"]),
                date=day(row["created"]),
                number=row["number"],
                pay=_pay_button(row, session),
                url=row["hosted_invoice_url"],
            )
            for row in rows
        ]
    )


def _pay_button(invoice: Object, session: Object) -> Html:
    if invoice["status"] != "open":
        return NOTHING
    return part("pay_button.html", url=f"{_path(session)}/pay/{invoice['id']}")


def _card_page(
    session: Object, form: CardForm, status: int = HTTPStatus.OK
) -> Response:
    return page(
        "portal_card.html",
        title="Change the card",
        status=status,
        action=f"{_path(session)}/card",
        alert=form.alert(),
        back=link(_path(session), "← Back to billing"),
        card_fields=form.fields(),
    )
