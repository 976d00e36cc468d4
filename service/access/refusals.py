"""Why no token is given: the errors of OAuth 2.0 (RFC 6749 §5.2).

TokenRefused            400  invalid_request, unauthorized_client, unsupported_grant_type, invalid_scope
├── NotAuthenticated    401  invalid_client
└── SlowDown            429  slow_down, which RFC 8628 §3.5 registered for token endpoints

A description says what to do and never repeats what was sent. `by` is the client that asked, once its signature
was verified; until then nobody knows who asked.
"""

from typing import Literal

from service.actor import Actor
from service.errors import HeartseaseError, TooMany

OAuthError = Literal[
    "invalid_request", "invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "slow_down"
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


class SlowDown(TokenRefused):
    """`goes_on_record` as TooMany has it."""

    status, code = 429, "throttled"

    def __init__(self, too_many: TooMany, *, by: Actor | None) -> None:
        super().__init__("slow_down", too_many.message, by=by)
        self.retry_after = too_many.retry_after
        self.goes_on_record = too_many.goes_on_record
