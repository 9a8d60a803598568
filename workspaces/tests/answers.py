"""Reading answers of the API."""

from http import HTTPStatus

from rest_framework.response import Response


def code(response: Response) -> str:
    """The code of the one error in the envelope."""
    (error,) = response.json()["errors"]
    return error["code"]


def refused(response: Response, status: HTTPStatus, error_code: str) -> bool:
    return (response.status_code, code(response)) == (status, error_code)
