import pytest
from sqlmodel import select

from service.access import clients
from service.access.models import AccessToken
from service.audit import AuditEvent
from service.errors import Conflict, Invalid, NotFound
from tests.access import builders
from tests.access.builders import AT, US, add_client, ec_key, found


def test_a_client_is_kept_with_its_scopes_as_v2(database):
    add_client(database, scope="system/Patient.read")
    assert found(database).scopes == "system/Patient.rs"


def test_a_second_client_of_one_id_is_refused(database):
    add_client(database)
    with pytest.raises(Conflict):
        add_client(database)


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"organisation": "m83001"}, "organisation"),
        ({"organisation": "M8"}, "organisation"),
        ({"organisation": "M83001\n"}, "organisation"),
        ({"roles": ["king"]}, "role"),
        ({"roles": []}, "role"),
        ({"acts_for": ["m83001"]}, "organisation"),
        ({"scope": "all"}, "scope"),
        ({"scope": ""}, "scope"),
        ({"key_text": "none"}, "keys"),
        ({"name": " "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"client_id": "Leek GP"}, "client_id"),
    ],
)
def test_a_fault_is_refused_under_its_name(database, change, element):
    with pytest.raises(Invalid) as refused:
        add_client(database, **change)
    assert [issue.expression for issue in refused.value.issues] == [element]


def test_all_faults_are_told_at_once(database):
    with pytest.raises(Invalid) as refused:
        add_client(database, organisation="", roles=[], scope="", key_text="")
    assert len(refused.value.issues) == 4


def test_a_private_key_leaves_no_client_behind(database):
    with pytest.raises(Invalid, match="public keys only"):
        add_client(database, key_text=str(ec_key().as_dict(private=True)).replace("'", '"'))
    assert found(database) is None


def test_clients_are_listed_by_id_with_the_disabled_ones(database):
    add_client(database, "zeta")
    add_client(database, "alpha")
    builders.disable(database, "zeta")
    with database.reading() as session:
        assert [(client.client_id, client.disabled_at) for client in clients.listed(session)] == [
            ("alpha", None),
            ("zeta", AT),
        ]


def test_disabling_a_client_takes_its_tokens_and_no_others(database):
    for client_id in ("leek-gp", "stone-gp"):
        add_client(database, client_id)
        builders.issue(database, builders.signed(builders.claims(iss=client_id, sub=client_id)))
    builders.disable(database)
    with database.reading() as session:
        assert session.exec(select(AccessToken.client_id)).all() == ["stone-gp"]


def test_disabling_a_client_again_keeps_the_first_instant(database):
    add_client(database)
    builders.disable(database)
    with database.transaction() as session:
        clients.disable(session, "leek-gp", at=AT.replace(year=2027), by=US)
    assert found(database).disabled_at == AT


def test_disabling_an_unknown_client_is_refused(database):
    with pytest.raises(NotFound):
        builders.disable(database, "nobody")


def test_adding_and_disabling_are_audited(database):
    add_client(database)
    builders.disable(database)
    with database.reading() as session:
        assert session.exec(select(AuditEvent.action, AuditEvent.client_id, AuditEvent.resource_id)).all() == [
            ("client-add", "tests", "leek-gp"),
            ("client-disable", "tests", "leek-gp"),
        ]


def test_a_client_has_its_own_role_and_organisation_and_those_it_may_speak_for(database):
    add_client(database, roles=["system", "gp", "gp"], acts_for=["M83002", "M83001"])
    client = found(database)
    assert (client.role, client.roles) == ("system", "system gp")
    assert (client.organisation, client.organisations) == ("M83001", "M83001 M83002")


def test_an_id_is_made_of_the_name():
    assert clients.id_of("Leek Health Centre (EMIS)") == "leek-health-centre-emis"
