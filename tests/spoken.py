"""What a customer would read: an answer put into the sentences of domain.yml, for service tests."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from bot.shop.asking import Answer, Ask, Say
from bot.shop.wording import Wording

DOMAIN = Path(__file__).resolve().parent.parent / "domain.yml"


@lru_cache(maxsize=1)
def sentences() -> dict[str, str]:
    """Every response of the domain by name."""
    responses = yaml.safe_load(DOMAIN.read_text(encoding="utf-8"))["responses"]
    return {name: variants[0]["text"] for name, variants in responses.items()}


def spoken(ask: Ask, answer: Answer) -> str:
    """The whole answer as text; fails on an unknown sentence or an empty placeholder."""
    return "\n".join(_sentence(ask, say) for say in answer.says)


def utters(answer: Answer) -> list[str]:
    """The names of the sentences said."""
    return [say.utter for say in answer.says]


def facts(answer: Answer) -> list[tuple[str, object]]:
    """Names and values of all facts."""
    return [(fact.name, fact.value) for say in answer.says for fact in say.facts]


def _sentence(ask: Ask, say: Say) -> str:
    template = sentences()[say.utter]
    texts = Wording.of(ask).texts(say.values)
    for name in re.findall(r"{(\w+)}", template):
        assert texts.get(name), f"{say.utter}: nothing for {{{name}}}"
    return template.format(**texts)
