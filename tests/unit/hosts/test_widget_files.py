"""What the widget's files may weigh and may do, checked on their text."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[3] / "bot" / "hosts" / "static"
WIDGET = [STATIC / "widget.js", *sorted((STATIC / "widget").iterdir())]
SCRIPTS = [path for path in [*WIDGET, *STATIC.glob("store/*.js")] if path.suffix == ".js"]


def test_the_widget_weighs_less_than_30_kilobytes_gzipped() -> None:
    assert sum(len(gzip.compress(path.read_bytes(), 6)) for path in WIDGET) < 30_000


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.parametrize(
    "danger",
    [
        r"innerHTML",
        r"outerHTML",
        r"insertAdjacentHTML",
        r"document\.write",
        r"DOMParser",
        r"createContextualFragment",
        r"\beval\b",
        r"new Function",
        r"setAttribute\(\s*[\"']style",
        r"srcdoc",
        r"javascript:",
    ],
)
def test_a_script_has_no_way_to_make_markup_of_text(path: Path, danger: str) -> None:
    assert not re.search(danger, path.read_text("utf-8"))


@pytest.mark.parametrize("path", WIDGET, ids=lambda path: path.name)
def test_nothing_comes_from_a_third_party(path: Path) -> None:
    text = path.read_text("utf-8")
    addresses = set(re.findall(r"https?://[\w.-]+", text)) - {"http://www.w3.org"}
    assert addresses <= {"https://chat.shop.example"}


@pytest.mark.parametrize("page", sorted((STATIC.parent / "templates").glob("*.html")), ids=str)
def test_pages_have_no_inline_script_style_or_handler(page: Path) -> None:
    text = page.read_text("utf-8")
    assert not re.search(r"<style|style=|\son\w+=|\|safe|<script(?![^>]*\bsrc=)", text)
