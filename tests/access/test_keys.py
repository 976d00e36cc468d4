import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from service.access import keys
from service.errors import Invalid
from tests.access.builders import ec_key, public, rsa_key


def _pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _jwk(**members):
    return json.dumps({**ec_key().as_dict(private=False), **members})


def test_a_key_set_is_kept_with_its_public_members_only():
    kept = json.loads(keys.read(_jwk(note="ours")))["keys"]
    assert [key.keys() for key in kept] == [{"kty", "crv", "x", "y", "alg", "use", "kid"}]


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())])
def test_a_pem_is_kept_as_the_same_key(key):
    kept = keys.read(_pem(key))
    alg = "RS384" if isinstance(key, rsa.RSAPrivateKey) else "ES384"
    assert keys.chosen(kept, None, alg).public_key.public_numbers() == key.public_key().public_numbers()


@pytest.mark.parametrize("key", [ec_key(), rsa_key()])
def test_a_private_key_is_refused_loudly(key):
    with pytest.raises(Invalid, match="send public keys only"):
        keys.read(json.dumps({"keys": [key.as_dict(private=True)]}))


def test_a_private_pem_is_refused_loudly():
    pem = ec.generate_private_key(ec.SECP384R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(Invalid, match="send public keys only"):
        keys.read(pem.decode())


def test_a_shared_secret_is_refused():
    with pytest.raises(Invalid, match="send public keys only"):
        keys.read('{"kty": "oct", "k": "c2VjcmV0"}')


def test_a_short_rsa_key_is_refused():
    short = rsa.generate_private_key(65537, 1024)
    with pytest.raises(Invalid, match="2048"):
        keys.read(_pem(short))


def test_a_curve_other_than_p384_is_refused():
    with pytest.raises(Invalid, match="P-384"):
        keys.read(_pem(ec.generate_private_key(ec.SECP256R1())))


@pytest.mark.parametrize(
    "change",
    [
        {"crv": "P-256"},
        {"crv": None},
        {"x": "AAAA"},
        {"x": 5},
        {"y": "ä"},
        {"kty": "OKP"},
        {"kty": ["EC"]},
        {"alg": "ES256"},
        {"alg": {}},
        {"use": "enc"},
        {"kid": 5},
        {"kid": ""},
        {"kid": "k" * 201},
    ],
)
def test_a_key_that_could_not_verify_is_refused(change):
    with pytest.raises(Invalid, match="Key 1"):
        keys.read(_jwk(**change))


def test_several_keys_each_need_a_kid_of_their_own():
    with pytest.raises(Invalid, match="kid"):
        keys.read(public(ec_key("same"), rsa_key("same")))


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"keys": {}}', '{"keys": []}', '{"keys": [1]}', "[" * 9000])
def test_what_is_no_key_set_is_refused(text):
    with pytest.raises(Invalid):
        keys.read(text)


def test_a_pem_cut_short_is_refused():
    with pytest.raises(Invalid, match="PEM"):
        keys.read(_pem(ec.generate_private_key(ec.SECP384R1()))[:60])


def test_the_key_is_chosen_by_its_kid():
    kept = keys.read(public(ec_key(), ec_key("ec-2")))
    assert keys.chosen(kept, "ec-2", "ES384").kid == "ec-2"


@pytest.mark.parametrize(("kid", "alg"), [("other", "ES384"), (None, "ES384"), ("ec-1", "RS384")])
def test_no_key_is_chosen_by_another_kid_or_for_another_algorithm(kid, alg):
    assert keys.chosen(keys.read(public(ec_key(), rsa_key())), kid, alg) is None


def test_an_only_key_need_not_be_named():
    assert keys.chosen(keys.read(public(ec_key())), None, "ES384").kid == "ec-1"


def test_an_only_key_with_a_kid_is_not_chosen_by_another():
    assert keys.chosen(keys.read(public(ec_key())), "other", "ES384") is None


def test_an_only_key_without_a_kid_is_chosen_by_any():
    nameless = {name: value for name, value in ec_key().as_dict(private=False).items() if name != "kid"}
    assert keys.chosen(keys.read(json.dumps(nameless)), "whatever", "ES384")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["keys", "kty", "n", "e", "x", "y", "crv", "kid", "alg", "use"]), inner)
    ),
    max_leaves=12,
)


@given(JSON.map(json.dumps) | st.text())
def test_garbage_is_refused_and_nothing_else(text):
    with pytest.raises(Invalid):
        keys.read(text)


@given(
    st.fixed_dictionaries(
        {"kty": st.sampled_from(["RSA", "EC"])}, optional=dict.fromkeys(("n", "e", "x", "y", "crv"), JSON)
    )
)
def test_a_garbled_key_is_refused_and_nothing_else(key):
    with pytest.raises(Invalid):
        keys.read(json.dumps(key))
