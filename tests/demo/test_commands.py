from service.config import CHECKOUT, Settings
from service.demo import commands


def test_three_commands_are_printed_one_for_each_user_and_each_gets_its_token():
    printed = commands.commands(Settings(home=CHECKOUT / ".heartsease", port=8001))

    assert printed.count("curl -sS 'http://127.0.0.1:8001/fhir/R4") == 3
    for client in ("gp-demo", "hospital-demo", "quality-demo"):
        assert f"$(.venv/bin/heartsease token {client} | tail -n 1)" in printed


def test_the_bundle_and_the_question_are_named_as_seen_from_the_checkout():
    printed = commands.commands(Settings(home=CHECKOUT / ".heartsease"))

    assert "@.heartsease/demo/registration.json" in printed
    assert "@.heartsease/demo/ask.json" in printed


def test_a_home_of_its_own_is_told_to_the_command_that_looks_for_keys(tmp_path):
    printed = commands.commands(Settings(home=tmp_path))

    assert f"HEARTSEASE_HOME='{tmp_path}' .venv/bin/heartsease token gp-demo" in printed
    assert f"'@{tmp_path}/demo/ask.json'" in printed


def test_the_public_address_is_used_where_there_is_one():
    printed = commands.commands(Settings(base_url="https://register.example"))

    assert "https://register.example/fhir/R4/Patient/$summary" in printed
    assert "https://register.example/reports/identification" in printed
