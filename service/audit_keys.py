"""The keys of the audit trail's digests: without one, nobody can write a row that fits into a chain."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from service.config import Settings, settings
from service.errors import Unreadable


@dataclass(frozen=True, slots=True)
class Key:
    """`id` names the key without telling anything of it."""

    id: str
    secret: bytes

    def digest(self, content: bytes) -> bytes:
        return hmac.digest(self.secret, content, "sha256")


def current() -> Key:
    """The key of what is written from now on. Raises Unreadable."""
    return _key(_current(settings()))


def known() -> dict[str, Key]:
    """Every key by its id, those of before too."""
    given = settings()
    words = [_current(given), *given.audit_old_keys.get_secret_value().split()]
    return {key.id: key for key in map(_key, words)}


def _current(given: Settings) -> str:
    key = given.audit_key.get_secret_value() or _kept(given.home / "audit.key")
    if key != "".join(key.split()):
        raise Unreadable("HEARTSEASE_AUDIT_KEY must not hold a space: HEARTSEASE_AUDIT_OLD_KEYS parts keys by them")
    return key


@cache
def _key(words: str) -> Key:
    secret = hashlib.sha256(b"Heartsease audit trail\0" + words.encode()).digest()
    return Key(hmac.digest(secret, b"id", "sha256")[:4].hex(), secret)


@cache
def _kept(path: Path) -> str:
    """The key that a development server makes for itself; of several that begin at once, the first one's."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(32))
        try:
            path.hardlink_to(made)  # whole, or not at all
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text().strip()
