"""How much one caller may ask for in a minute: buckets, and who shares them. The clock stands still unless moved."""

import pytest

from service import limits
from service.config import Settings
from service.errors import TooMany, Unauthenticated
from service.limits import Limits, Rate

REFUSED = Unauthenticated("Send a token")


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limited(clock: Clock, **settings: int) -> Limits:
    return Limits(Settings(**settings), clock)


def test_a_minutes_worth_may_come_at_once_and_one_more_has_to_wait_until_there_is_room(clock: Clock) -> None:
    rate = Rate(3, clock)
    assert [rate.wait("leek") for _ in range(3)] == [0, 0, 0]
    assert rate.wait("leek") == pytest.approx(20)
    clock.seconds += 19
    assert rate.wait("leek") == pytest.approx(1)
    clock.seconds += 1
    assert [rate.wait("leek"), round(rate.wait("leek"))] == [0, 20]


def test_a_bucket_holds_a_minutes_worth_however_long_its_caller_was_quiet(clock: Clock) -> None:
    rate = Rate(3, clock)
    rate.wait("leek")
    clock.seconds += 3600
    assert [bool(rate.wait("leek")) for _ in range(4)] == [False, False, False, True]


def test_callers_do_not_share_a_bucket(clock: Clock) -> None:
    rate = Rate(1, clock)
    assert [bool(rate.wait(caller)) for caller in ("leek", "stone", "leek")] == [False, False, True]


def test_the_refusal_says_in_whole_seconds_when_to_come_back(clock: Clock) -> None:
    calls = limited(clock, requests_per_minute=7)
    for _ in range(7):
        calls.count_request("leek")
    with pytest.raises(TooMany) as refused:
        calls.count_request("leek")
    assert refused.value.retry_after == 9  # a seventh of a minute, rounded up
    clock.seconds += refused.value.retry_after
    calls.count_request("leek")


def test_the_refusals_of_one_caller_are_on_record_once_a_minute(clock: Clock) -> None:
    calls = limited(clock, tokens_per_minute=1)
    calls.count_token("leek")
    on_record = []
    for seconds in (1, 1, 57):
        with pytest.raises(TooMany) as refused:
            calls.count_token("leek")
        on_record.append(refused.value.goes_on_record)
        clock.seconds += seconds
    assert on_record == [True, False, False]
    clock.seconds += 1
    calls.count_token("leek")
    with pytest.raises(TooMany) as refused:
        calls.count_token("leek")
    assert refused.value.goes_on_record


def test_strangers_at_one_address_are_told_429_after_so_many_refusals(clock: Clock) -> None:
    calls = limited(clock, refusals_per_minute=2)
    told = [calls.refusal_of_stranger(REFUSED, "192.0.2.1") for _ in range(4)]
    assert [refusal.status for refusal in told] == [401, 401, 429, 429]
    assert calls.refusal_of_stranger(REFUSED, "192.0.2.2") is REFUSED
    assert [getattr(refusal, "goes_on_record", True) for refusal in told] == [True, True, True, False]


def test_the_strangers_of_many_addresses_cannot_fill_the_audit(clock: Clock) -> None:
    calls = limited(clock, refusals_per_minute=2)
    told = [calls.refusal_of_stranger(REFUSED, f"192.0.2.{number}") for number in range(200) for _ in range(5)]
    on_record = [refusal for refusal in told if getattr(refusal, "goes_on_record", True)]
    assert len(on_record) == 2 * limits.STRANGERS + 1


def test_whether_strangers_are_exhausted_is_asked_without_counting(clock: Clock) -> None:
    calls = limited(clock, refusals_per_minute=1)
    assert [calls.exhausted("192.0.2.1") for _ in range(3)] == [None, None, None]
    calls.strangers_wait("192.0.2.1")
    refusal = calls.exhausted("192.0.2.1")
    assert refusal
    assert (refusal.retry_after, refusal.goes_on_record) == (60, False)


def test_callers_that_are_quiet_are_forgotten_and_memory_stays_bounded(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_CALLERS", 10)
    rate = Rate(1, clock)
    for number in range(1000):
        rate.wait(f"caller {number}")
        rate.refusal(f"caller {number}", 1, "Wait")
    assert len(rate._full_at) <= 10
    assert len(rate._told) <= 10
    assert rate.wait("caller 999") > 0


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_address_of_ipv6_counts_with_those_that_one_subscriber_has(address: str, counted: str) -> None:
    assert limits.network(address) == counted
