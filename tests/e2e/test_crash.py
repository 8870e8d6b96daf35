"""Kill -9 at any moment: every message answered once and in order; and the proof of the proof."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from bot.backends.exchange import load, parse_exchange
from tests.e2e.crash import Report, storm
from tests.e2e.mutants import MUTANTS
from tests.exchange_files import as_file, small_shop

pytestmark = pytest.mark.e2e


@pytest.fixture
def surroundings(database: str, model_path: Path, tmp_path: Path) -> dict[str, str]:
    """Environment of the processes under test: their database, their home, the trained model."""
    from sqlalchemy import create_engine

    from bot.store.migrate import sqlalchemy_url

    engine = create_engine(sqlalchemy_url(database))
    with engine.begin() as connection:
        load(connection, parse_exchange(as_file(small_shop()), "small.json"))
    engine.dispose()
    return {
        **os.environ,
        "ONECOUNTER_HOME": str(tmp_path),
        "ONECOUNTER_DATABASE_URL": database,
        "ONECOUNTER_MODEL_DIR": str(model_path.parent),
    }


def seed() -> int:
    """A new seed each run, or the one to look at again."""
    return int(os.environ.get("ONECOUNTER_TEST_SEED") or random.SystemRandom().randrange(10**6))


@pytest.mark.timeout(600)
def test_answers_every_message_once_and_in_order_through_70_kills(
    database: str, surroundings: dict[str, str]
) -> None:
    report = storm(
        database, surroundings, messages=400, random_kills=50, stalled_kills=24, seed=seed()
    )
    print(report)
    assert report.sent == 400
    assert report.kills >= 70
    assert report.stalled_kills >= 20
    assert report.clean, str(report)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", sorted(MUTANTS))
def test_turns_red_when_a_bug_is_put_in(
    database: str, surroundings: dict[str, str], mutant: str
) -> None:
    report: Report = storm(
        database,
        surroundings,
        messages=100,
        random_kills=0,
        stalled_kills=20,
        seed=seed(),
        mutant=mutant,
    )
    print(mutant, report)
    assert not report.clean, f"{mutant} went unseen: {report}"
