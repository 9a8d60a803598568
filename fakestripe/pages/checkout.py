"""The hosted checkout page."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fakestripe.pages import promotion
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
    checkout,
    checkout_lines,
    checkout_payment,
    money,
)
from fakestripe.resources.account import account
from fakestripe.resources.cards import Challenge
from fakestripe.state.clock import DAY
from fakestripe.state.store import Object
from fakestripe.wire.errors import StripeError
from fakestripe.wire.fields import Integer

if TYPE_CHECKING:
    from fakestripe.world import World


def show(world: "World", id_: str) -> Response:
    session = world.store.get(id_)
    if refused := _closed(session):
        return refused
    return _form(world, world.get("checkout.session", id_), CardForm())


def pay(world: "World", id_: str, typed: dict[str, object]) -> Response:
    session = world.store.get(id_)
    if refused := _closed(session):
        return refused
    session = world.get("checkout.session", id_)
    form = CardForm.read(typed)
    known_email = _known_email(world, session)
    wants_card = checkout.wants_card(session)
    form.check(
        world.clock.now(), wants_email=known_email is None, wants_card=wants_card
    )
    if form.errors:
        return _form(world, session, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    form.email = known_email or form.email
    if wants_card and form.card.challenge is not Challenge.NEVER:
        asked = challenges.ask(world, "checkout", session=id_, **form.kept())
        return redirect(asked["url"])
    return _complete(world, session, form)


def answered(world: "World", details: dict[str, Any], *, is_passed: bool) -> Response:
    """Back from the bank's challenge."""
    session = world.store.get(details["session"])
    if refused := _closed(session):
        return refused
    session = world.get("checkout.session", details["session"])
    form = CardForm.read(details)
    if is_passed:
        return _complete(world, session, form)
    form.general = challenges.FAILED
    return _form(world, session, form, HTTPStatus.PAYMENT_REQUIRED)


def _complete(world: "World", session: Object, form: CardForm) -> Response:
    try:
        checkout_payment.complete(
            world,
            session,
            form.card if checkout.wants_card(session) else None,
            email=form.email,
            name=form.name or None,
            expiry=form.expires,
        )
    except StripeError as e:
        if e.status != HTTPStatus.PAYMENT_REQUIRED:
            raise
        form.general = e.message
        return _form(world, session, form, HTTPStatus.PAYMENT_REQUIRED)
    return redirect(checkout_payment.success_url(session))


def _closed(session: Object | None) -> Response | None:
    if session is None or session["object"] != "checkout.session":
        return message(
            HTTPStatus.NOT_FOUND,
            "Page not found",
            "There is no such checkout page. Check the address, or start again.",
        )
    if session["status"] == "complete":
        return message(
            HTTPStatus.GONE,
            "You're all done here",
            "This checkout has already been paid. You have not been charged again.",
            link(checkout_payment.success_url(session), "Continue", is_button=True),
        )
    if session["status"] == "expired":
        back = session["cancel_url"]
        return message(
            HTTPStatus.GONE,
            "This page has expired",
            "The checkout is no longer open. Go back and start again.",
            link(back, "Go back", is_button=True) if back else Html(""),
        )
    return None


def _known_email(world: "World", session: Object) -> str | None:
    if session["customer"]:
        return world.get("customer", session["customer"])["email"]
    return session["customer_email"]


def apply_code(world: "World", id_: str, typed: dict[str, object]) -> Response:
    """Use the promotion code that was typed, or none with the button to remove it."""
    session = world.store.get(id_)
    if refused := _closed(session):
        return refused
    session = world.get("checkout.session", id_)
    code = typed.get("code", "")
    problem = promotion.use(world, session, code if isinstance(code, str) else "")
    if problem is None:
        return redirect(f"/c/pay/{id_}")
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return _form(world, session, CardForm(), status, code=code, code_problem=problem)


def _form(
    world: "World",
    session: Object,
    form: CardForm,
    status: int = HTTPStatus.OK,
    *,
    code: object = "",
    code_problem: str = "",
) -> Response:
    business = account(world)["settings"]["dashboard"]["display_name"]
    lines, currency = session["_lines"], session["currency"]
    full = sum(line["price"]["unit_amount"] * line["quantity"] for line in lines)
    per = money.each(lines[0]["price"])
    email = _known_email(world, session)
    trial = _trial_days(world, session)
    return page(
        "checkout.html",
        title=f"Checkout: {lines[0]['description']}",
        status=status,
        action=f"/c/pay/{session['id']}",
        alert=form.alert(),
        back=_back(session, business),
        button="Start trial" if trial else "Subscribe",
        card=part("checkout_card.html", card_fields=form.fields())
        if checkout.wants_card(session)
        else NOTHING,
        contact=_contact(form, email),
        description=_description(world, lines),
        due_today=money.shown(session["amount_total"], currency),
        heading=_heading(lines, trial),
        interval=f"per {per}" if not trial else "",
        lines=joined([_line(session, line) for line in lines]),
        note=_note(world, session, full, per, trial),
        price=f"{trial} days free" if trial else money.shown(full, currency),
        promotion=promotion.part_of(world, session, code, code_problem),
        test_cards=part("test_cards.html") if checkout.wants_card(session) else NOTHING,
        subtotal_name="After the trial" if trial else "Subtotal",
        subtotal=money.shown(full, currency),
        then=f"Then {money.shown(full, currency)} per {per}" if trial else "",
    )


def _heading(lines: list[Object], trial: int | None) -> str:
    name = lines[0]["description"]
    if len(lines) > 1:
        name = f"{name} and {len(lines) - 1} more"
    return f"Try {name}" if trial else f"Subscribe to {name}"


def _description(world: "World", lines: list[Object]) -> str:
    product = world.get("product", lines[0]["price"]["product"])
    return product["description"] or ""


def set_quantity(world: "World", id_: str, typed: dict[str, object]) -> Response:
    """Another quantity of a line that allows it."""
    session = world.store.get(id_)
    if refused := _closed(session):
        return refused
    session = world.get("checkout.session", id_)
    quantity = Integer(least=1).parse(typed.get("quantity", ""), "quantity")
    checkout_lines.set_quantity(world, session, str(typed.get("line", "")), quantity)
    return redirect(f"/c/pay/{id_}")


def _line(session: Object, line: Object) -> Html:
    price = line["price"]
    amount = price["unit_amount"] * line["quantity"]
    rules = line["adjustable_quantity"]
    quantity = NOTHING
    if rules and rules["enabled"]:
        quantity = part(
            "checkout_quantity.html",
            line=line["id"],
            most=rules["maximum"],
            least=max(rules["minimum"], 1),
            quantity=line["quantity"],
            url=f"/c/pay/{session['id']}/quantity",
        )
    return part(
        "checkout_line.html",
        quantity=quantity,
        name=line["description"],
        detail=f"Qty {line['quantity']}, billed every {money.each(price)}",
        amount=money.shown(amount, price["currency"]),
    )


def _contact(form: CardForm, email: str | None) -> Html:
    if email is not None:
        return part("contact_known.html", email=email)
    return part(
        "contact_asked.html",
        email=form.email,
        error=form.error("email"),
        state=form.state("email"),
    )


def _back(session: Object, business: str) -> Html:
    if not session["cancel_url"]:
        return part("brand.html", name=business)
    brand = part("brand.html", name=business)
    return Html(f"{link(session['cancel_url'], '← Back')}{brand}")


def _trial_days(world: "World", session: Object) -> int | None:
    rules = session["_rules"]
    if "trial_period_days" in rules:
        return rules["trial_period_days"]
    end = rules.get("trial_end")
    if end in (None, "now"):
        return None
    return max(1, round((end - world.clock.now()) / DAY))


def _note(
    world: "World", session: Object, amount: int, per: str, trial: int | None
) -> str:
    price = f"{money.shown(amount, session['currency'])} per {per}"
    if session["discounts"]:
        price += ", less the discount as long as it lasts,"
    if not checkout.wants_card(session):
        return f"Add a card before the trial ends. The plan is {price}."
    if trial:
        starts = day(world.clock.now() + trial * DAY)
        return f"This card is charged {price} from {starts} on, until you cancel."
    return f"This card is charged {price} until you cancel."
