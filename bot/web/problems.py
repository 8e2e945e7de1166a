"""Errors as problem details (RFC 9457) for programs, and as a page for people.

No answer ever repeats what was sent: it could hold personal details.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from bot.web.page_texts import PAGE_LANGUAGES, page_language, page_texts

if TYPE_CHECKING:
    from bot.web.services import Services

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

_TITLES = {
    400: "Bad request",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    413: "Too large",
    422: "Not valid",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "The assistant does not answer",
}


class Problem(Exception):
    """An error that the caller is told about.

    ``slug`` names the kind of problem for programs (``message-too-long``), ``detail`` says in English what to do.
    """

    def __init__(
        self, status: int, slug: str, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.slug, self.detail, self.headers, self.extra = status, slug, detail, headers, extra


def not_found() -> Problem:
    """Return the one answer to an unknown conversation and to a wrong token: they must look the same."""
    return Problem(404, "not-found", "There is no such conversation, or the token does not fit it.")


def code_not_found() -> Problem:
    """Return the one answer to a code that is wrong, used, replaced or too old: they must look the same."""
    return Problem(404, "code-not-found", "This code opens no conversation: it is mistyped, used, replaced or too old.")


def too_many(retry_after: float) -> Problem:
    """Return the answer to requests that come too fast; ``retry_after`` in seconds."""
    seconds = str(max(1, round(retry_after + 0.5)))
    return Problem(
        429, "too-many-requests", f"Wait {seconds} seconds and send it again.", headers={"Retry-After": seconds}
    )


def too_large() -> Problem:
    """Return the answer to a body that is larger than any form or message."""
    return Problem(413, "too-large", "The request is larger than any message can be.")


def problem_body(status: int, slug: str, detail: str, **extra: Any) -> dict[str, Any]:
    """Return the members of one problem document."""
    kind = f"urn:doorwijzer:problem:{slug}"
    return {"type": kind, "title": _TITLES.get(status, "Error"), "status": status, "detail": detail, **extra}


def problem_response(problem: Problem) -> JSONResponse:
    """Return a problem as an HTTP answer."""
    body = problem_body(problem.status, problem.slug, problem.detail, **problem.extra)
    return JSONResponse(body, problem.status, dict(problem.headers or {}), MEDIA_TYPE)


def respond(services: Services, request: Request, problem: Problem) -> Response:
    """Return a problem document, or a page where a person is reading: in the language of the page they come from."""
    if not _wants_page(request):
        return problem_response(problem)
    asked = request.query_params.get("lang", "")
    language = asked if asked in PAGE_LANGUAGES else page_language(request.url.path)
    texts = page_texts(language)
    known = problem.status if f"error_{problem.status}_title" in texts else 500
    context = {"t": texts, "language": language, "brand": services.brand, "known": known}
    return services.templates.TemplateResponse(
        request, "error.html", context, problem.status, dict(problem.headers or {})
    )


def install(app: FastAPI, services: Services) -> None:
    """Make every error of ``app`` a problem document, or a page where a person is reading."""

    def answer(request: Request, problem: Problem) -> Response:
        return respond(services, request, problem)

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101 - registered for this type only
        return answer(request, error)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        if error.status_code == 400 and request.url.path.startswith("/api/"):
            # FastAPI says 400 for a body it cannot even decode; to the caller that is bad JSON like any other
            return answer(request, Problem(422, "bad-json", "The body is not JSON in UTF-8."))
        slug = "not-found" if error.status_code == 404 else "http-error"
        return answer(request, Problem(error.status_code, slug, str(error.detail), headers=error.headers))

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return answer(request, _validation_problem(error))

    async def on_crash(request: Request, error: Exception) -> Response:
        log.exception("request failed: %s %s", request.method, _route(request), exc_info=error)
        return answer(request, Problem(500, "internal", "The request failed on our side. Nothing was lost."))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(Exception, on_crash)


def _validation_problem(error: RequestValidationError) -> Problem:
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return Problem(422, "bad-json", "The body is not JSON.")
    if any(item["type"] in ("string_too_long", "too_long") and "text" in item["loc"] for item in found):
        return Problem(422, "message-too-long", "A message has at most 2,000 characters. Nothing was stored.")
    errors = [
        {"pointer": "#/" + "/".join(str(part) for part in item["loc"][1:]), "detail": item["msg"]} for item in found
    ]
    return Problem(422, "not-valid", "The request does not have the agreed form. Nothing was stored.", errors=errors)


def _route(request: Request) -> str:
    """Return the pattern of the address (``/a/{token}``), for the log: the address itself may hold a live link."""
    return str(getattr(request.scope.get("route"), "path", "(no route)"))


def _wants_page(request: Request) -> bool:
    path = request.url.path
    if path.startswith("/api/") or path.startswith("/health"):
        return False
    return "text/html" in request.headers.get("accept", "")
