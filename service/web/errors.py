"""A refusal as a page: what was wrong, in words. No traceback and no detail of ours."""

from http import HTTPStatus

from starlette.responses import HTMLResponse

from service.errors import HeartseaseError
from service.web import templating


def page(error: HeartseaseError) -> HTMLResponse:
    title = HTTPStatus(error.status).phrase
    shown = templating.page("error.html", status=error.status, title=title, issues=error.issues)
    if error.retry_after:
        shown.headers["Retry-After"] = str(error.retry_after)
    return shown
