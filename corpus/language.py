"""Which language a text is in, for a warning before it is translated as if it were Dutch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

SURE = 0.8  # py3langid's probability from which on a language is named
_SAMPLE = 20_000  # characters; more does not change its mind

# Common Dutch words that neither Afrikaans ('n, nie, sy, na, by) nor Frisian nor German has.
_DUTCH = frozenset(
    """een niet zijn heeft hebben wordt worden werd werden naar bij deze zich zij wij hij
    ik jij mijn door zou zal zei moeten""".split()  # noqa: SIM905
)
_PLAIN_SAMPLE = 3_000  # characters
_PLAIN_WORDS, _PLAIN_SHARE = 5, 0.06  # different words, and their share of all

# The languages that Dutch readers meet; others are named by their ISO 639 code.
_NAMES = {
    "af": "Afrikaans", "ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "cy": "Welsh",
    "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian",
    "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "fy": "Frisian", "ga": "Irish",
    "gl": "Galician", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
    "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "la": "Latin", "lb": "Luxembourgish", "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch",
    "nn": "Norwegian", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian",
    "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guess:
    """A language by its ISO 639 code, and how probable it is."""

    code: str
    probability: float

    @property
    def name(self) -> str:
        """What the language is called in English."""
        return _NAMES.get(self.code, self.code)


def is_plainly_dutch(text: str) -> bool:
    """Whether ``text`` is Dutch beyond doubt by its commonest words; False where that is not sure.

    It spares most articles the second that :func:`guess_language` takes to start.
    """
    words = re.findall(r"[^\W\d_]+", text[:_PLAIN_SAMPLE].lower())
    found = [word for word in words if word in _DUTCH]
    return len(set(found)) >= _PLAIN_WORDS and len(found) >= _PLAIN_SHARE * len(words)


def guess_language(text: str) -> Guess:
    """The likeliest language of ``text``, by py3langid (Naive Bayes over byte n-grams)."""
    code, probability = _identifier().classify(text[:_SAMPLE])
    return Guess(str(code), float(probability))


@cache
def _identifier() -> Any:
    from py3langid import langid  # takes most of a second: it unpacks its model

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
