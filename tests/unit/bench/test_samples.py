from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bench.samples import flat, paired_ratio, percentile, spread

times = st.floats(min_value=0.01, max_value=10_000, allow_nan=False)


def test_a_percentile_is_a_value_that_was_measured():
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert percentile(values, 0.5) == 3.0
    assert percentile(values, 0.95) == 5.0
    assert percentile(values, 0.0) == 1.0
    assert percentile(values, 1.0) == 5.0


def test_the_99th_percentile_of_a_hundred_leaves_out_exactly_the_worst():
    assert percentile([float(n) for n in range(1, 101)], 0.99) == 99.0


@given(st.lists(times, min_size=1), st.floats(min_value=0, max_value=1))
def test_at_least_the_share_of_values_does_not_exceed_its_percentile(values: list[float], share):
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9


def test_refuses_a_percentile_of_nothing():
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)


def test_refuses_a_share_given_in_percent():
    with pytest.raises(ValueError, match="0 to 1"):
        percentile([1.0], 99)


def test_a_spread_names_its_percentiles_and_their_number():
    assert spread([1.0, 2.0, 3.004]) == {
        "p50_ms": 2.0,
        "p95_ms": 3.0,
        "p99_ms": 3.0,
        "count": 3,
    }


def test_a_slow_spell_that_hits_both_does_not_change_the_ratio():
    calm, busy = [1.0, 1.0, 1.0], [9.0, 9.0, 9.0]
    base = [calm, busy, calm]
    twice = [[2 * value for value in block] for block in base]
    assert paired_ratio(twice, base) == 2.0


def test_one_disturbed_block_is_outvoted():
    base = [[1.0], [1.0], [1.0]]
    assert paired_ratio([[1.0], [50.0], [1.0]], base) == 1.0


def test_refuses_blocks_that_were_not_measured_side_by_side():
    with pytest.raises(ValueError):
        paired_ratio([[1.0]], [[1.0], [1.0]])


def test_all_values_of_all_blocks_in_their_order():
    assert flat([[1.0, 2.0], [3.0]]) == [1.0, 2.0, 3.0]
