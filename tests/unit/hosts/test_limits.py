"""A limit counts each caller by itself, in any stretch of its time."""

from __future__ import annotations

from datetime import timedelta

from bot.hosts import limits
from bot.hosts.limits import Limit


class Clock:
    """Seconds, moved by the test."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def two_in_ten(clock: Clock) -> Limit:
    return Limit(2, timedelta(seconds=10), clock)


def test_says_how_long_to_wait_and_lets_go_after_it() -> None:
    limit = two_in_ten(clock := Clock())
    assert [limit.wait("a"), limit.wait("a")] == [0, 0]
    clock.now += 3
    assert limit.wait("a") == 7
    clock.now += 7
    assert limit.wait("a") == 0


def test_a_refused_call_does_not_make_the_wait_longer() -> None:
    limit = two_in_ten(clock := Clock())
    for _ in range(5):
        limit.wait("a")
    clock.now += 10
    assert limit.wait("a") == 0


def test_one_caller_does_not_slow_down_another() -> None:
    limit = two_in_ten(Clock())
    for _ in range(5):
        limit.wait("a")
    assert limit.wait("b") == 0


def test_many_callers_do_not_fill_the_memory() -> None:
    limit = two_in_ten(Clock())
    for number in range(limits.REMEMBERED + 50):
        limit.wait(str(number))
    assert len(limit._calls) == limits.REMEMBERED
