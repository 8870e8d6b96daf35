"""In which language a message is written, by its small words and letters; English when unsure.

Small on purpose: short messages in five languages, told apart by the words that nobody avoids. A
further language is one more line.
"""

from __future__ import annotations

import re

ENGLISH = "en"
_WORDS = {
    "en": """the my is and to i you of a can please where what how when do have order it for in
        not with want your are this""",
    "de": """ich mein meine meiner meinen ist und der die das nicht ein eine wo wann wie bitte zu
        kann mit für sie wir habe möchte will auf bestellung paket danke hallo""",
    "es": """mi mis el la los las es y de que no un una dónde donde cuándo cómo como por favor
        quiero puedo para con pedido hola gracias está cuánto""",
    "fr": """je mon ma mes le la les est et de que ne pas un une où quand comment s'il vous plaît
        pour avec commande bonjour merci veux puis combien votre""",
    "da": """jeg min mit mine er og det den ikke en et hvor hvornår hvordan tak til kan med vil på
        ordre pakke hej bestilling har af skal""",
}
_SMALL = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_LETTERS = {"de": "ßäöü", "es": "ñ¿¡", "fr": "çœêèàùûîô", "da": "æøå"}
_FEW = 2
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def language_of(text: str) -> str:
    """ISO 639-1 code of the likeliest of the known languages; ``en`` where nothing tells."""
    lower = text.lower()
    words = _WORD.findall(lower)
    scores = {
        language: sum(word in small for word in words)
        + 2 * any(letter in lower for letter in _LETTERS.get(language, ""))
        for language, small in _SMALL.items()
    }
    best = max(scores, key=lambda language: scores[language])
    # one small word among many may be anything ("ls -la")
    told = scores[best] > 1 or len(words) <= _FEW
    return best if told and scores[best] > scores[ENGLISH] else ENGLISH
