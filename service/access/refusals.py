"""Why no token is given: the errors of OAuth 2.0 (RFC 6749 §5.2).

TokenRefused            400  invalid_request, unauthorized_client, unsupported_grant_type, invalid_scope
└── NotAuthenticated    401  invalid_client

A description says what to do and never repeats what was sent. `by` is the client that asked, once its signature
was verified; until then nobody knows who asked.
"""

from typing import Literal

from service.actor import Actor
from service.errors import HeartseaseError

OAuthError = Literal[
    "invalid_request", "invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"
]


class TokenRefused(HeartseaseError):
    status, code = 400, "login"

    def __init__(self, error: OAuthError, description: str, *, by: Actor | None = None) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.by = by


class NotAuthenticated(TokenRefused):
    status, code = 401, "login"

    def __init__(self, description: str, *, by: Actor | None = None) -> None:
        super().__init__("invalid_client", description, by=by)
