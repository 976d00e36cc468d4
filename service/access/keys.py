"""The public keys of a client: RSA of 2048 bits or more for RS384, P-384 for ES384 (SMART App Launch 2.2).

They come as a JSON Web Key Set, one JSON Web Key or one PEM, and are kept as a JSON Web Key Set that holds nothing
but what verifying needs.
"""

import base64
import json
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey

from service.errors import Invalid

KEY_TYPE: Final = {"RS384": "RSA", "ES384": "EC"}
"""The algorithms that an assertion may be signed with, and the key type that each needs."""

NONE: Final = '{"keys": []}'
"""The JSON Web Key Set of a client that has no key."""

MOST = 20
"""How many keys a client may have: enough to change them without a gap."""

_RSA_BITS = range(2048, 8193)  # above, one signature would cost milliseconds
_PUBLIC_MEMBERS = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}
_PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
_PRIVATE_KEY = "A private or shared key is here: send public keys only, and make a new pair, as this may be known"

Jwk = dict[str, Any]


def read(text: str) -> str:
    """The keys in a file as the JSON Web Key Set that is kept. Raises Invalid, naming the key that is wrong."""
    keys = [_of_pem(text)] if "-----BEGIN" in text else _of_json(text)
    if not 1 <= len(keys) <= MOST:
        raise Invalid(f"Give one key or more, at most {MOST}")
    public = [_checked(key, position) for position, key in enumerate(keys, 1)]
    kids = [key.get("kid") for key in public]
    if len(public) > 1 and (None in kids or len(set(kids)) < len(kids)):
        raise Invalid("With several keys each needs a kid of its own")
    return json.dumps({"keys": public})


def chosen(jwks: str, kid: str | None, alg: str) -> Key | None:
    """The key that an assertion says it is signed with, or None. A client's only key need not be named."""
    keys: list[Jwk] = json.loads(jwks)["keys"]
    if len(keys) > 1 or (kid is not None and any("kid" in key for key in keys)):
        keys = [key for key in keys if kid is not None and key.get("kid") == kid]
    fitting = [key for key in keys if key["kty"] == KEY_TYPE[alg] and key.get("alg", alg) == alg]
    return imported(fitting[0]) if fitting else None


def imported(key: Jwk) -> Key:
    return RSAKey.import_key(key) if key["kty"] == "RSA" else ECKey.import_key(key)


def _of_pem(text: str) -> Jwk:
    if "PRIVATE KEY-----" in text:
        raise Invalid(_PRIVATE_KEY)
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Invalid("This PEM does not hold one public key (-----BEGIN PUBLIC KEY-----)") from error
    if isinstance(key, RSAPublicKey):
        rsa = key.public_numbers()
        return {"kty": "RSA", "n": _base64(rsa.n), "e": _base64(rsa.e)}
    if isinstance(key, EllipticCurvePublicKey) and key.curve.name == "secp384r1":
        point = key.public_numbers()
        return {"kty": "EC", "crv": "P-384", "x": _base64(point.x, 48), "y": _base64(point.y, 48)}
    raise Invalid("The key must be RSA (for RS384) or EC on the curve P-384 (for ES384)")


def _of_json(text: str) -> list[Jwk]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("The keys are neither JSON (a JWKS or one JWK) nor PEM") from error
    keys = given.get("keys", [given]) if isinstance(given, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise Invalid("The keys are not a JSON Web Key Set: an object with a list called keys")
    return keys


def _checked(key: Jwk, position: int) -> Jwk:
    if _PRIVATE_MEMBERS & key.keys() or key.get("kty") == "oct":
        raise Invalid(_PRIVATE_KEY)
    algorithm = next((alg for alg, kty in KEY_TYPE.items() if kty == key.get("kty")), None)
    if algorithm is None or key.get("alg", algorithm) != algorithm or key.get("use", "sig") != "sig":
        raise Invalid(f"Key {position} must be RSA (alg RS384) or EC (alg ES384), for signing (use sig)")
    kid = key.get("kid", "only")
    if not isinstance(kid, str) or not 1 <= len(kid) <= 200:
        raise Invalid(f"Key {position} has a kid that is not text of 1 to 200 characters")
    public = {name: key.get(name) for name in _PUBLIC_MEMBERS[key["kty"]]}
    _check_strength(public, position)
    return {**public, "alg": algorithm, "use": "sig"} | ({"kid": kid} if "kid" in key else {})


def _check_strength(key: Jwk, position: int) -> None:
    try:
        if key["kty"] == "RSA" and (_integer(key["n"]).bit_length() not in _RSA_BITS or _integer(key["e"]) % 2 == 0):
            raise Invalid(f"Key {position} must be RSA of 2048 to 8192 bits")
        if key["kty"] == "EC" and key["crv"] != "P-384":
            raise Invalid(f"Key {position} must be on the curve P-384")
        imported(key)
    except (JoseError, ValueError, TypeError, AttributeError) as error:
        raise Invalid(f"Key {position} is not a valid {key['kty']} public key") from error


def _integer(value: str) -> int:
    return int.from_bytes(base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True))


def _base64(number: int, length: int = 0) -> str:
    octets = number.to_bytes(length or (number.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
