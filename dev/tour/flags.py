"""Chapter: what is switched on."""

from dev.tour import accounts
from dev.tour.client import Surprise, Traveller, chapter, say

STAFF = accounts.Person("staff@example.com", "staff-password-1")


def visit(user: Traveller, user_id: str, workspace_id: str) -> None:
    """Every route of flags: staff writes rows, the user asks."""
    chapter("4. Feature flags")
    feature = accounts.a_name()
    route = f"feature_flags/{feature}"
    staff = user.another()
    accounts.login(staff, STAFF)

    say(
        "An unknown flag is off. Everybody may ask for themselves; only staff may write."
    )
    check(user, route, False)
    row = {"feature_name": feature, "scope": "global", "is_enabled": True}
    user.call("POST", "feature_flags", row, expect=403, code="permission_denied")
    user.call("GET", "feature_flags", expect=403, code="permission_denied")

    say("On for everybody, off for one workspace, on again for one user of it.")
    staff.call("POST", "feature_flags", row, expect=201)
    check(user, route, True)
    here = {**row, "scope": "workspace", "scope_id": workspace_id, "is_enabled": False}
    staff.call("POST", "feature_flags", here, expect=201)
    check(user, f"{route}?workspace_id={workspace_id}", False)
    mine = {**row, "scope": "user", "scope_id": user_id}
    staff.call("POST", "feature_flags", mine, expect=201)
    check(user, f"{route}?workspace_id={workspace_id}", True)
    staff.call("GET", f"{route}?user_id={user_id}", expect=200)
    staff.call("GET", f"feature_flags?feature_name={feature}", expect=200)

    say("Any OpenFeature SDK may ask too (OFREP); one flag, or all of them.")
    context = {"context": {"targetingKey": user_id, "workspace_id": workspace_id}}
    user.call("POST", f"ofrep/v1/evaluate/flags/{feature}", context, expect=200)
    user.call("POST", "ofrep/v1/evaluate/flags", context, expect=200)

    say("The kill switch: a locked global row wins over all.")
    staff.call(
        "POST",
        "feature_flags",
        {**row, "is_enabled": False, "is_locked": True},
        expect=200,
    )
    check(user, f"{route}?workspace_id={workspace_id}", False)

    say("Without its rows the flag is unknown again.")
    staff.call("DELETE", f"{route}?scope=user&scope_id={user_id}", expect=204)
    staff.call("DELETE", route, expect=204)
    check(user, route, False)


def check(user: Traveller, path: str, expected: bool) -> None:
    if user.call("GET", path, expect=200)["is_enabled"] is not expected:
        raise Surprise(f"{path} should be {'on' if expected else 'off'}")
