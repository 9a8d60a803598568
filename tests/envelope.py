"""The envelope of an error, as an answer of the API has it."""

from http import HTTPStatus

from django.http import HttpResponse


def envelope(response: HttpResponse, status: HTTPStatus, code: str) -> dict:
    """The body of an answer, checked to be the envelope with this one error."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    body = response.json()
    (error,) = body["errors"]
    assert error.keys() == {"code", "detail", "attr"}
    assert error["code"] == code
    return body
