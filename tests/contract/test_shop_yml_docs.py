"""docs/shop-yml.md explains every key that shop.yml may have."""

from __future__ import annotations

import re
from pathlib import Path

from bot.shop.terms import Links

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r"\b(?:part|top)\.\w+\(\s*\"(\w+)\"|(?:_amount|_number)\(part, \"(\w+)\"")


def test_every_key_is_explained() -> None:
    source = (ROOT / "bot/shop/terms_file.py").read_text(encoding="utf-8")
    keys = {one or other for one, other in READ.findall(source)} | set(Links.__dataclass_fields__)
    assert len(keys) > 50
    page = (ROOT / "docs/shop-yml.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"[`.](\w+)`", page)) | set(re.findall(r"^#+ (\w+)", page, re.M))
    explained |= set(re.findall(r"\band (\w+)$", page, re.M))
    assert sorted(keys - explained) == []
