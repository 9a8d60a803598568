"""One and the same person at both doors: what the API promises, the pages promise too."""

from http import HTTPStatus

import pytest
from django.http import HttpResponse

from accounts.tests.conftest import ADDRESS, Api, Browser, bearer, code_of, last_link
from conftest import PASSWORD

PAGE_OF_CODES = "/accounts/confirm-email/"


class ApiVisitor:
    """Goes on with the `flow` of the last answer, and signs with its tokens."""

    def __init__(self) -> None:
        self.client = Api()
        self.flow = self.refresh = ""

    def register(
        self, email: str = ADDRESS, password: str = PASSWORD, **more: object
    ) -> HttpResponse:
        return self._post("register", email=email, password=password, **more)

    def login(
        self, email: str = ADDRESS, password: str = PASSWORD, **headers: str
    ) -> HttpResponse:
        body = {"email": email, "password": password}
        return self._noted(self.client.post("/auth/login", body, **headers))

    def enter(self, code: str) -> HttpResponse:
        return self._post("email/verify", flow=self.flow, code=code)

    def resend(self) -> HttpResponse:
        return self._post("email/resend", flow=self.flow)

    def ask_reset(self, email: str = ADDRESS) -> HttpResponse:
        return self._post("password/reset", email=email)

    def reset(self, password: str) -> HttpResponse:
        key = last_link().rstrip("/").rsplit("/", 1)[-1]
        return self._post("password/reset/confirm", key=key, password=password)

    def change(self, old: str, new: str) -> HttpResponse:
        return self._post("password/change", current_password=old, new_password=new)

    def is_in(self) -> bool:
        return self.client.get("/auth/me").status_code == HTTPStatus.OK

    def is_refused(self, answer: HttpResponse) -> bool:
        """As every wrong pair of address and password is."""
        return (
            answer.status_code == HTTPStatus.UNAUTHORIZED
            and code_of(answer) == "invalid_credentials"
        )

    def _post(self, route: str, **body: object) -> HttpResponse:
        return self._noted(self.client.post(f"/auth/{route}", body))

    def _noted(self, answer: HttpResponse) -> HttpResponse:
        body = answer.json()
        self.flow = body.get("flow", self.flow)
        self.refresh = body.get("refresh", self.refresh)
        if "access" in body:
            bearer(self.client, body["access"])
        return answer


class PageVisitor:
    """A browser with its cookie."""

    def __init__(self) -> None:
        self.client = Browser()

    def register(
        self, email: str = ADDRESS, password: str = PASSWORD, **more: object
    ) -> HttpResponse:
        return self._post("signup/", email=email, password1=password, **more)

    def login(
        self, email: str = ADDRESS, password: str = PASSWORD, **headers: str
    ) -> HttpResponse:
        form = {"login": email, "password": password}
        return self.client.post("/accounts/login/", form, **headers)

    def enter(self, code: str) -> HttpResponse:
        return self.client.post(PAGE_OF_CODES, {"code": code})

    def resend(self) -> HttpResponse:
        return self.client.post(PAGE_OF_CODES, {"action": "resend"})

    def ask_reset(self, email: str = ADDRESS) -> HttpResponse:
        return self._post("password/reset/", email=email)

    def reset(self, password: str) -> HttpResponse:
        path = last_link().partition("127.0.0.1:8000")[2]
        form = self.client.get(path, follow=True).redirect_chain[-1][0]
        return self.client.post(form, {"password1": password, "password2": password})

    def change(self, old: str, new: str) -> HttpResponse:
        form = {"oldpassword": old, "password1": new, "password2": new}
        return self.client.post("/accounts/password/change/", form)

    def is_in(self) -> bool:
        page = self.client.get("/accounts/password/change/")
        return page.status_code == HTTPStatus.OK

    def is_refused(self, answer: HttpResponse) -> bool:
        return (
            answer.status_code == HTTPStatus.OK
            and b"email address and/or password" in answer.content
        )

    def _post(self, page: str, **form: object) -> HttpResponse:
        return self.client.post(f"/accounts/{page}", form)


Visitor = ApiVisitor | PageVisitor
at_both_doors = pytest.mark.parametrize(
    "visitor_class",
    [pytest.param(ApiVisitor, id="api"), pytest.param(PageVisitor, id="page")],
)
