from __future__ import annotations

import json
from datetime import UTC, datetime

from rich.console import Console

from bot.bench.report import Line, Section, as_json, print_report, shown

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TURN = Section(
    "turn",
    "A turn",
    (
        Line("turn", "the whole pipeline", {"p50_ms": 8.25, "count": 300}),
        Line("memory", "peak", {"peak_mb": 1234.5}),
    ),
    ("Measured on a quiet afternoon.",),
)


def printed(*sections: Section) -> str:
    console = Console(width=100, record=True, quiet=True)
    with console.capture() as captured:
        console.quiet = False
        print_report(console, sections, {"cores": 2, "fsync": "on"})
    return captured.get()


def test_the_json_is_reached_by_section_line_and_column():
    report = as_json([TURN], {"cores": 2}, AT)
    assert json.loads(json.dumps(report)) == {
        "version": 1,
        "at": "2026-11-23T12:00:00+00:00",
        "machine": {"cores": 2},
        "sections": {
            "turn": {"turn": {"p50_ms": 8.25, "count": 300}, "memory": {"peak_mb": 1234.5}}
        },
        "notes": {"turn": ["Measured on a quiet afternoon."]},
    }


def test_the_table_shows_every_line_and_column_with_the_machine_and_the_notes():
    text = printed(TURN)
    for part in ("A turn", "the whole pipeline", "p50 ms", "8.25", "peak mb", "1,234.5", "300"):
        assert part in text
    assert "cores 2" in text
    assert "fsync on" in text
    assert "Measured on a quiet afternoon." in text


def test_a_line_without_a_column_leaves_its_place_empty():
    assert shown(None) == ""


def test_small_figures_keep_two_places_and_large_ones_one():
    assert shown(1.234) == "1.23"
    assert shown(123.456) == "123.5"
    assert shown(100_500) == "100,500"
    assert shown(True) == "yes"


def test_square_brackets_in_a_note_are_no_markup():
    assert "[bold]" in printed(Section("x", "X", (), ("a [bold] note",)))
