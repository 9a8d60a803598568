"""Another card in the portal, for all that is to be paid from now on."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fakestripe.pages.card_form import CardForm
from fakestripe.pages.portal import frame
from fakestripe.pages.render import Response, page, redirect
from fakestripe.resources import challenges, payment_methods, subscription_changes
from fakestripe.resources.cards import Challenge
from fakestripe.state.store import Object

if TYPE_CHECKING:
    from fakestripe.world import World

FEATURE = "payment_method_update"


def ask(world: "World", token: str) -> Response:
    return _page(frame.session_of(world, token, wants=FEATURE), CardForm())


def change(world: "World", token: str, typed: dict[str, object]) -> Response:
    session = frame.session_of(world, token, wants=FEATURE)
    form = CardForm.read(typed)
    form.check(world.clock.now())
    if form.errors:
        return _page(session, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if refusal := form.card.on_attach:
        form.general = refusal.message
        return _page(session, form, HTTPStatus.PAYMENT_REQUIRED)
    if form.card.challenge is not Challenge.NEVER:
        asked = challenges.ask(world, "card", token=token, **form.kept())
        return redirect(asked["url"])
    return _save(world, session, form)


def answered(world: "World", details: dict[str, Any], *, is_passed: bool) -> Response:
    """Back from the challenge for a new card."""
    session = frame.session_of(world, details["token"], wants=FEATURE)
    form = CardForm.read(details)
    if is_passed:
        return _save(world, session, form)
    form.general = challenges.FAILED
    return _page(session, form, HTTPStatus.PAYMENT_REQUIRED)


def _save(world: "World", session: Object, form: CardForm) -> Response:
    customer = world.get("customer", session["customer"])
    details = {"name": form.name, "email": customer["email"]}
    method = payment_methods.build(
        world, form.card, expiry=form.expires, details=details
    )
    subscription_changes.use_card(world, customer, method)
    return frame.home(session)


def _page(session: Object, form: CardForm, status: int = HTTPStatus.OK) -> Response:
    return page(
        "portal_card.html",
        title="Change the card",
        status=status,
        action=f"{frame.path(session)}/card",
        alert=form.alert(),
        back=frame.to_home(session),
        card_fields=form.fields(),
    )
