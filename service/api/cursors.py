"""Paging cursors: what was asked and the place it has reached, sealed, so that a URL tells nothing of either."""

import base64
import hashlib
import json
import secrets
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from service.config import Settings
from service.errors import Unreadable
from service.store.search_criteria import Pairs


class Cursors:
    """Seals and opens cursors; opens those that were sealed with the secret before this one, too.

    With no secret set, one is kept in the home folder for the embedded database.
    """

    def __init__(self, settings: Settings) -> None:
        known = (_secret(settings), settings.previous_secret.get_secret_value())
        self._fernet = MultiFernet([_fernet(secret) for secret in known if secret])

    def sealed(self, path: str, asked: Pairs, after: Any) -> str:
        """A cursor of the URL with this path below the base; `after` is whatever its pages know their place by."""
        return self._fernet.encrypt(json.dumps([path, list(asked), after]).encode()).decode()

    def opened(self, path: str, cursor: str) -> tuple[Pairs, Any]:
        """What was asked, and where the next page begins. Raises Unreadable."""
        try:
            sealed_path, asked, after = json.loads(self._fernet.decrypt(cursor.encode()))
        except (InvalidToken, ValueError) as error:
            raise Unreadable("This page link is not one of ours; search again from the start") from error
        if sealed_path != path:
            raise Unreadable("This page link is of another URL; follow it as it is")
        return [(name, value) for name, value in asked], after


def _fernet(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()))


def _secret(settings: Settings) -> str:
    given = settings.secret.get_secret_value()
    if given:
        return given
    kept = settings.home / "secret"
    if not kept.exists():
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(32))
    return kept.read_text()
