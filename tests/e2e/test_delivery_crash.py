"""Kill -9 of any process while a provider calls and is called: nothing lost, nothing overtaken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.channels.case import cases
from tests.e2e.delivery_crash import storm
from tests.e2e.mutants import DELIVERY
from tests.e2e.test_crash import seed, surroundings

pytestmark = pytest.mark.e2e
MANY = {"messages": 240, "random_kills": 32, "stalled_kills": 14}
PEOPLE = {"telegram": [str(7_000_000 + n) for n in range(12)]}

__all__ = ["surroundings"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("section", sorted(PEOPLE))
def test_delivers_every_answer_in_order_through_60_kills(
    database: str, surroundings: dict[str, str], section: str, model_path: Path
) -> None:
    case = cases()[section]
    report = storm(
        database,
        surroundings,
        case,
        PEOPLE[section],
        **MANY,
        seed=seed(),
    )
    print(section, report)
    assert report.sent == 240
    assert report.kills >= 55
    assert report.stalled_kills >= 8
    assert not any(report.faults.values()), str(report)
    if case.dedupes_sends:
        assert report.doubled == 0
    else:
        assert report.doubled <= report.kills


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", sorted(DELIVERY))
def test_turns_red_when_a_bug_is_put_in(
    database: str, surroundings: dict[str, str], mutant: str
) -> None:
    case, people = cases()["telegram"], PEOPLE["telegram"]
    report = storm(database, surroundings, case, people, **MANY, seed=seed(), mutant=mutant)
    print(mutant, report)
    assert any(report.faults.values()), f"{mutant} went unseen: {report}"
