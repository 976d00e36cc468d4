"""The systems of the tests: each has its own keys, asks for its own tokens, and speaks FHIR over HTTP."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.testclient import TestClient

from service import clock
from service.access import clients
from service.actor import everything
from service.db import Database
from tests import builders, bundles

TYPES = tuple(builders.SMALLEST)
ALL = " ".join(f"system/{name}.cruds" for name in TYPES)
READ = " ".join(f"system/{name}.rs" for name in TYPES)
FHIR_JSON = "application/fhir+json"
JSON_PATCH = "application/json-patch+json"
TOKEN_URL = "http://127.0.0.1:8000/oauth2/token"
KEY = ECKey.generate_key("P-384", {"kid": "test"}, private=True)
"""One key for all: making keys is slow, and what keys do is tested in tests/access."""


@dataclass
class System:
    """A client system that holds a token, with the calls that FHIR clients make."""

    http: TestClient
    token: str

    def headers(self, **more: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.token}",
            **{name.replace("_", "-"): value for name, value in more.items()},
        }

    def get(self, path: str, **headers: str) -> Any:
        return self.http.get(f"/fhir/R4/{path}", headers=self.headers(**headers))

    def send(self, method: str, path: str, body: Any, **headers: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = f"/fhir/R4/{path}".rstrip("/")
        given = {"Content-Type": FHIR_JSON, **headers}
        return self.http.request(method, url, content=content, headers=self.headers(**given))

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, *operations: Any, **headers: str) -> Any:
        return self.send("PATCH", path, list(operations), **{"Content-Type": JSON_PATCH, **headers})

    def delete(self, path: str, **headers: str) -> Any:
        return self.http.delete(f"/fhir/R4/{path}", headers=self.headers(**headers))

    def search(self, type_name: str, **fields: str) -> Any:
        return self.http.post(f"/fhir/R4/{type_name}/_search", data=fields, headers=self.headers())

    def created(self, resource: dict[str, Any]) -> dict[str, Any]:
        """The resource as it stands after a create that must succeed."""
        answer = self.post(resource["resourceType"], resource)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def keep(self, *resources: dict[str, Any]) -> None:
        """Puts each, in this order, under the id that it has."""
        for resource in resources:
            answer = self.put(f"{resource['resourceType']}/{resource['id']}", resource)
            assert answer.status_code == 201, answer.text

    def register(self, who: dict[str, Any] | None = None, **changes: Any) -> None:
        """Puts somebody on the register with the least that this takes, in one transaction."""
        record = builders.minimum_record(who, **changes)
        entries = [bundles.request("PUT", f"{one['resourceType']}/{one['id']}", one) for one in record]
        answer = self.post("", bundles.transaction(*entries))
        assert answer.status_code == 200, answer.text

    def summary(self, nhs_number: str) -> Any:
        identifier = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs_number}
        parameters = {
            "resourceType": "Parameters",
            "parameter": [{"name": "identifier", "valueIdentifier": identifier}],
        }
        return self.post("Patient/$summary", parameters)


ROLES = {"practice": "gp", "integration": "system", "reporting": "quality-lead"}
"""The kinds of system by which most tests call a role; any role of the policy may be named too."""


def connect(
    http: TestClient,
    database: Database,
    kind: str,
    *,
    organisation: str = "X26",
    scope: str = ALL,
    name: str = "",
    token_url: str = TOKEN_URL,
    acts_for: tuple[str, ...] = (),
    user: str = "",
    role: str = "",
    of: str = "",
    purpose: str | None = None,
    patient: str = "",
) -> System:
    """Registers a system, asks the token endpoint for its token, and gives it a connection.

    kind     the role of the system, or one of the kinds in `ROLES`; a hospital and an ambulance ask for TREAT
    user     the person at the keyboard, as their system names them; `role` theirs, the system's if left out
    of       the organisation of that person, the system's if left out; `acts_for` others for which it may speak
    purpose  a code of v3-ActReason; empty for none
    patient  the NHS number of the person whose own record it is, of the role of a patient
    """
    own = ROLES.get(kind, kind)
    client_id = name or f"{kind}-{uuid4().hex[:8]}"
    with database.transaction() as session:
        clients.add(
            session,
            client_id,
            name=client_id,
            organisation=organisation,
            acts_for=(*acts_for, *filter(None, [of])),
            roles=[own, *filter(None, [role])],
            scope=scope,
            key_text=json.dumps({"keys": [KEY.as_dict(private=False)]}),
            at=clock.now(),
            by=everything("tests"),
        )
    said = extensions(own, organisation=of or organisation, user=user, role=role, purpose=purpose, patient=patient)
    answer = http.post("/oauth2/token", data=token_form(client_id, scope, aud=token_url, extensions=said))
    assert answer.status_code == 200, answer.text
    return System(http, answer.json()["access_token"])


def extensions(
    own: str, *, organisation: str, user: str = "", role: str = "", purpose: str | None = None, patient: str = ""
) -> dict[str, Any]:
    """The claim of who is at the keyboard and why; nothing where there is nobody and no purpose."""
    if purpose is None:
        purpose = "TREAT" if own in ("hospital", "ambulance") else ""
    is_person = bool(user or role or patient)
    if not (purpose or is_person):
        return {}
    default = "PATRQT" if patient else "TREAT"
    b2b = {"version": "1", "organization_id": organisation, "purpose_of_use": [purpose or default]}
    if is_person:
        b2b |= {"subject_id": user or "somebody", "subject_role": role or own}
    theirs = {"heartsease-patient": {"version": "1", "nhs_number": patient}} if patient else {}
    return {"hl7-b2b": b2b, **theirs}


def token_form(client_id: str, scope: str, **claims: Any) -> dict[str, str]:
    now = int(clock.now().timestamp())
    payload = {
        "iss": client_id,
        "sub": client_id,
        "aud": TOKEN_URL,
        "exp": now + 240,
        "jti": uuid4().hex,
        **claims,
    }
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(
            {"alg": "ES384", "kid": "test", "typ": "JWT"}, payload, KEY, algorithms=["ES384"]
        ),
        "scope": scope,
    }
