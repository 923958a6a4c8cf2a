"""Forms that a Dutch or an English word can take, by the rules of spelling.

There is no dictionary here, so more forms are given than exist ("bal" gives both
"ballen" and "balen"): they serve to find the words of a given list in a text, where a
form that does not exist does no harm. The rules of Dutch are those of the
Woordenlijst Nederlandse Taal (https://woordenlijst.org/leidraad): open and closed
syllables, f/v and s/z, plurals, diminutives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

VERSION = "inflection-1"


class WordClass(StrEnum):
    """What kind of word it is, as far as its endings go. Names take hardly any."""

    NOUN = "noun"
    VERB = "verb"
    ADJECTIVE = "adjective"
    NAME = "name"


# Dutch

_VOWEL = "aeiouyáéíóúàèëïöü"
_ADJECTIVE = re.compile("(?:aal|aam|air|baar|eel|eerd|end|haft|ief|ig|isch|lijk|loos|zuur)$")
# Short vowels that become long in the plural: dag, dagen.
_LENGTHENED = re.compile(
    "(?:bad|blad|dag|dak|drag|gat|gebed|gebrek|glas|god|graf|hertog|hof|hol|lot|oorlog|pad|rad|schot|slag|slot"
    "|spel|vat|weg)$"
)
_PLURAL_S = re.compile(rf"(?:[^{_VOWEL}](?:el|em|en|er)|aar|aard|erd|ie|e|[eo]or|eur|ier|oir|foon)$")
# The plural of a word that ends so. Compounds end as their last part does.
_IRREGULAR_NL = (
    ("heid", ("heden",)), ("stad", ("steden",)), ("lid", ("leden",)), ("schip", ("schepen",)),
    ("smid", ("smeden",)), ("kind", ("kinderen",)), ("ei", ("eieren",)), ("lied", ("liederen",)),
    ("blad", ("bladeren", "bladen")), ("rund", ("runderen",)), ("volk", ("volkeren",)),
    ("goed", ("goederen",)), ("kalf", ("kalveren",)), ("lam", ("lammeren",)), ("rad", ("raderen",)),
    ("um", ("a", "ums")), ("us", ("i", "ussen")), ("icus", ("ici",)), ("koe", ("koeien",)),
    ("ix", ("ices", "ixen")), ("sis", ("ses",)), ("man", ("mannen", "lieden", "lui", "mensen")),
)  # fmt: skip
_SEPARABLE = re.compile(
    "(?:aan|achter|achteruit|af|bij|binnen|bijeen|boven|buiten|dicht|door|goed|in|klaar|los|mee|na|neer|om"
    "|onder|op|open|over|plaats|rond|samen|stil|tegen|teleur|terecht|terug|thuis|toe|uit|vast|vol|voor"
    "|voorbij|voort|vooruit|vrij|waar|weg)(?=[a-z]{4})"
)

# Past and participle of verbs that do not take weak endings; those with a prefix follow them.
_STRONG_NL = {
    "beginnen": "begon begonnen", "bieden": "bood geboden", "bijten": "beet gebeten",
    "blijken": "bleek gebleken", "blijven": "bleef gebleven", "breken": "brak gebroken",
    "brengen": "bracht gebracht", "buigen": "boog gebogen", "denken": "dacht gedacht",
    "doen": "deed gedaan", "dragen": "droeg gedragen", "drijven": "dreef gedreven",
    "dringen": "drong gedrongen", "drinken": "dronk gedronken", "dwingen": "dwong gedwongen",
    "eten": "at gegeten", "gaan": "ging gegaan", "gelden": "gold gegolden", "genieten": "genoot genoten",
    "geven": "gaf gegeven", "gieten": "goot gegoten", "glijden": "gleed gegleden",
    "grijpen": "greep gegrepen", "hangen": "hing gehangen", "hebben": "had gehad",
    "helpen": "hielp geholpen", "houden": "hield gehouden", "jagen": "joeg gejaagd",
    "kiezen": "koos gekozen", "kijken": "keek gekeken", "klimmen": "klom geklommen",
    "klinken": "klonk geklonken", "komen": "kwam gekomen", "kopen": "kocht gekocht",
    "krijgen": "kreeg gekregen", "laten": "liet gelaten", "lezen": "las gelezen", "liggen": "lag gelegen",
    "lijden": "leed geleden", "lijken": "leek geleken", "lopen": "liep gelopen", "meten": "mat gemeten",
    "mijden": "meed gemeden", "nemen": "nam genomen", "prijzen": "prees geprezen",
    "rijden": "reed gereden", "roepen": "riep geroepen", "scheiden": "scheidde gescheiden",
    "schenken": "schonk geschonken", "schieten": "schoot geschoten", "schrijven": "schreef geschreven",
    "schuiven": "schoof geschoven", "slaan": "sloeg geslagen", "slapen": "sliep geslapen",
    "sluiten": "sloot gesloten", "snijden": "sneed gesneden", "spreken": "sprak gesproken",
    "springen": "sprong gesprongen", "staan": "stond gestaan", "steken": "stak gestoken",
    "stelen": "stal gestolen", "sterven": "stierf gestorven", "stijgen": "steeg gestegen",
    "strijden": "streed gestreden", "treden": "trad getreden", "treffen": "trof getroffen",
    "trekken": "trok getrokken", "vallen": "viel gevallen", "vangen": "ving gevangen",
    "varen": "voer gevaren", "vechten": "vocht gevochten", "vinden": "vond gevonden",
    "vliegen": "vloog gevlogen", "vragen": "vroeg gevraagd", "wegen": "woog gewogen",
    "werpen": "wierp geworpen", "werven": "wierf geworven", "wijken": "week geweken",
    "wijzen": "wees gewezen", "winnen": "won gewonnen", "worden": "werd geworden", "zeggen": "zei gezegd",
    "zenden": "zond gezonden", "zien": "zag gezien", "zingen": "zong gezongen", "zitten": "zat gezeten",
    "zoeken": "zocht gezocht", "zwemmen": "zwom gezwommen", "zwijgen": "zweeg gezwegen",
}  # fmt: skip
_PREFIX_NL = ("", "be", "ge", "her", "ont", "ver", "onder", "over", "voor", "vol", "door", "om")


def dutch_forms(word: str, word_class: WordClass | None = None) -> Mapping[str, bool | None]:
    """Forms of ``word``, itself among them, and whether each is plural (None: it does not tell).

    Without a class it is taken for a noun, and for an adjective as well if it ends like one.
    A name takes only the ending of the genitive.
    """
    if not word[-1:].isalpha():
        return {word: None}
    if word_class is WordClass.NAME or (word.isupper() and len(word) > 1):
        # "Kees' fiets", "Annekes fiets", "Otto's fiets", "ngo's"
        return {word: None, **dict.fromkeys((word + "s", word + "'s", word + "'"), None)}
    if word_class is WordClass.VERB:
        return _verb_forms(word)
    if word_class is WordClass.ADJECTIVE:
        return dict.fromkeys((word, *_adjective_forms(word)), None)
    forms: dict[str, bool | None] = _noun_forms(word)
    if word_class is None and _ADJECTIVE.search(word):
        forms |= dict.fromkeys((opened + "e" for opened in _opened(word)), None)
    return {**forms, word: False}


def _noun_forms(word: str) -> dict[str, bool | None]:
    plurals = {opened + "en" for opened in _opened(word)}
    if word.endswith("e"):
        plurals |= {word + "n", word + "ën" if word.endswith("ee") else word + "n"}
    if word.endswith("ie"):
        plurals |= {word + "ën", word[:-1] + "ën"}
    plurals |= {word + "'s"} if word[-1].lower() in "aiouy" else {word + "s"}
    for ending, replacements in _IRREGULAR_NL:
        if word.lower().endswith(ending):
            plurals |= {word[: len(word) - len(ending)] + replacement for replacement in replacements}
    small = {word + "je", word + "tje", word + "pje", *(opened + "etje" for opened in _opened(word))}
    small |= {word[:-1] + "kje"} if word.lower().endswith("ing") else set()
    small |= {word + word[-1] + "tje"} if word[-1].lower() in "aou" else set()
    small |= {word + "'tje"} if word.lower().endswith("y") else set()
    forms: dict[str, bool | None] = dict.fromkeys(small, False)
    forms |= dict.fromkeys((one + "s" for one in small), True)
    forms |= dict.fromkeys(plurals, True)
    if not _PLURAL_S.search(word.lower()) and word[-1].lower() not in _VOWEL:
        forms[word + "s"] = None  # "des Rijks", "beroepsgeheims" as well as "trends"
    return forms


def _adjective_forms(word: str) -> set[str]:
    forms = {opened + ending for opened in _opened(word) for ending in ("e", "er", "ere")}
    forms |= {word + ending for ending in ("s", "st", "ste", "der", "dere")}
    if word.endswith("e"):  # given as it stands before a noun: "hernieuwbare"
        forms |= _closed(word[:-1])
    return forms


def separable(verb: str) -> tuple[str, str] | None:
    """Particle and root of a verb that may come apart (aan, kondigen); None for others.

    Some that never do look like one ("ondernemen"); nobody writes them apart.
    """
    particle = _SEPARABLE.match(verb)
    if particle is None or not verb.endswith("n"):
        return None
    return verb[: particle.end()], verb[particle.end() :]


def _verb_forms(word: str) -> dict[str, bool | None]:
    forms = _simple_verb_forms(word)
    parts = separable(word)
    if parts is not None:
        forms |= {parts[0] + form for form in _simple_verb_forms(parts[1])}
    return dict.fromkeys(forms, None)


def _simple_verb_forms(word: str) -> set[str]:
    """Weak forms, and those that a strong verb shares with weak ones."""
    forms = {word, word + "d", word + "de"}
    if not word.endswith("n"):
        return forms
    base = word[:-2] if word.endswith("en") else word[:-1]
    for stem in _closed(base):
        forms |= {stem + ending for ending in ("", "t", "te", "ten", "de", "den")}
        past = {stem + ending for ending in ("d", "t", "de", "te")}
        past = {form for form in past if not form.endswith(("dd", "tt"))} | {stem}
        forms |= past | {"ge" + form for form in past}  # "verhoogd" and "gebeld" alike
    return forms | {"ge" + word} | _strong_forms(word)


def _strong_forms(word: str) -> set[str]:
    for prefix in _PREFIX_NL:
        root = word.removeprefix(prefix)
        if word.startswith(prefix) and root in _STRONG_NL:
            past, participle = _STRONG_NL[root].split()
            # lasen does not exist, lazen does; begonnen, and namen with its long vowel
            plurals = {opened + "en" for opened in (past, *_opened(past), _voiced(past))} | {past + "n"}
            participle = participle.removeprefix("ge") if prefix else participle
            return {prefix + form for form in (past, *plurals, participle, participle + "e")}
    return set()


def _opened(word: str) -> set[str]:
    """How ``word`` is spelled before an ending with a vowel: raam-, bal-, huis-, brief-."""
    lower = word.lower()
    made = {word}
    if re.search(rf"[^{_VOWEL}]$", lower):
        if re.search(r"(aa|ee|oo|uu)[^aeiou]$", lower):
            made = {word[:-2] + word[-1]}
        elif re.search(rf"(?:^|[^{_VOWEL}])[aeiou][^{_VOWEL}wxj]$", lower):
            one_syllable = len(re.findall(rf"[{_VOWEL}]+", lower)) == 1
            made = (
                {word + word[-1]}
                if one_syllable and not _LENGTHENED.search(lower)
                else {word, word + word[-1]}
            )
    for stem in list(made):
        if stem.lower().endswith("f"):
            made.add(stem[:-1] + "v")
        elif stem.lower().endswith("s"):
            made.add(stem[:-1] + "z")
    return made


def _closed(stem: str) -> set[str]:
    """How ``stem`` is spelled at the end of a word: rad-, ball-, huiz-, briev-."""
    made = {stem}
    if re.search(r"([^aeiou])\1$", stem):
        made = {stem[:-1]}
    elif re.search(rf"(?:^|[^{_VOWEL}])[aeou][^{_VOWEL}]$", stem):
        made |= {stem[:-1] + stem[-2] + stem[-1]}
    return {_devoiced(one) for one in made}


def _voiced(stem: str) -> str:
    initial = {"f": "v", "s": "z"}.get(stem[-1:])
    return stem[:-1] + initial if initial else stem


def _devoiced(stem: str) -> str:
    final = {"v": "f", "z": "s"}.get(stem[-1:])
    return stem[:-1] + final if final else stem


# English

_IRREGULAR_EN = {
    "man": "men", "woman": "women", "child": "children", "person": "people", "foot": "feet",
    "tooth": "teeth", "goose": "geese", "mouse": "mice", "ox": "oxen", "wife": "wives", "life": "lives",
    "knife": "knives", "leaf": "leaves", "half": "halves", "shelf": "shelves", "self": "selves",
    "thief": "thieves", "wolf": "wolves", "calf": "calves", "loaf": "loaves", "hero": "heroes",
    "potato": "potatoes", "tomato": "tomatoes", "veto": "vetoes", "echo": "echoes", "crisis": "crises",
    "analysis": "analyses", "basis": "bases", "thesis": "theses", "hypothesis": "hypotheses",
    "criterion": "criteria", "phenomenon": "phenomena", "medium": "media", "curriculum": "curricula",
    "datum": "data", "sheep": "sheep", "fish": "fish", "series": "series", "species": "species",
    "aircraft": "aircraft", "means": "means", "headquarters": "headquarters", "dike": "dikes",
    "attorney general": "attorneys general", "secretary general": "secretaries general",
}  # fmt: skip
_NO_PLURAL = ("police", "information", "advice", "research", "housing", "staff", "equipment", "waste", "news")
_PREPOSITION = re.compile(r"\s(?:of|in|for|to|at|on|by|with|from|and|under)\s", re.IGNORECASE)
_DOING = re.compile(r"(?<=person|worker)\s(?=\w+ing\s)")  # "person seeking asylum"
_PAST_EN = {
    "bring": "brought", "build": "built", "buy": "bought", "catch": "caught", "choose": "chose chosen",
    "come": "came", "cut": "cut", "do": "did done", "draw": "drew drawn", "drive": "drove driven",
    "fall": "fell fallen", "fight": "fought", "find": "found", "get": "got", "give": "gave given",
    "go": "went gone", "grow": "grew grown", "hold": "held", "keep": "kept", "know": "knew known",
    "lay": "laid", "lead": "led", "leave": "left", "lend": "lent", "let": "let", "lose": "lost",
    "make": "made", "meet": "met", "pay": "paid", "put": "put", "read": "read", "rise": "rose risen",
    "run": "ran", "say": "said", "see": "saw seen", "sell": "sold", "send": "sent", "set": "set",
    "show": "showed shown", "shut": "shut", "speak": "spoke spoken", "spend": "spent", "stand": "stood",
    "take": "took taken", "teach": "taught", "tell": "told", "think": "thought", "throw": "threw thrown",
    "understand": "understood", "wear": "wore worn", "win": "won", "withdraw": "withdrew withdrawn",
    "write": "wrote written",
}  # fmt: skip


def english_plural(phrase: str) -> str:
    """The plural of a noun or of a phrase with a noun at its head ("member of parliament")."""
    if phrase.lower() in _IRREGULAR_EN:
        return _with_case_of(phrase, _IRREGULAR_EN[phrase.lower()])
    inner = _PREPOSITION.search(phrase) or _DOING.search(phrase)
    if inner:
        return english_plural(phrase[: inner.start()]) + phrase[inner.start() :]
    start, word = _last_word(phrase)
    return start + _plural_word(word)


@lru_cache(maxsize=4096)
def english_forms(phrase: str, word_class: WordClass | None = None) -> tuple[str, ...]:
    """``phrase`` and the forms it may take in a sentence, the most usual first.

    A verb may be given with "to"; its first word is inflected. Possessives are left
    out: they are the phrase and an apostrophe.
    """
    if word_class is WordClass.NAME:
        return (phrase,)
    if word_class is WordClass.VERB:
        return _english_verb_forms(re.sub(r"^to\s+", "", phrase))
    start, word = _last_word(phrase)
    forms = [phrase]
    if word_class in (None, WordClass.NOUN):
        forms.append(english_plural(phrase))
    if word_class is WordClass.ADJECTIVE and " " not in phrase:
        stem = _before_vowel(word)
        forms += [start + stem + "er", start + stem + "est", start + word + "ly"]
    return tuple(dict.fromkeys(forms))


def _english_verb_forms(phrase: str) -> tuple[str, ...]:
    verb, _, rest = phrase.partition(" ")
    rest = f" {rest}" if rest else ""
    stem = _before_vowel(verb)
    past = _PAST_EN.get(verb.lower(), stem + "ed").split()
    dropped = verb if verb.endswith(("ee", "ye", "oe")) else verb[:-1]
    continuous = (dropped if verb.endswith("e") else stem if not verb.endswith("y") else verb) + "ing"
    forms = (verb, _plural_word(verb), *past, continuous)
    return tuple(dict.fromkeys(form + rest for form in forms))


def _before_vowel(word: str) -> str:
    """``word`` as spelled before "ed" or "er": stopp-, carri-, us-."""
    if word.endswith("e"):
        return word[:-1]
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "i"
    if re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", word):
        return word + word[-1]
    return word


def _plural_word(word: str) -> str:
    lower = word.lower()
    for singular, plural in _IRREGULAR_EN.items():
        if lower == singular or (len(singular) > 3 and lower.endswith(singular) and singular != "self"):
            return word[: len(word) - len(singular)] + _with_case_of(word[-len(singular) :], plural)
    if lower in _NO_PLURAL or not lower[-1:].isalpha():
        return word
    if re.search(r"(?:s|x|z|ch|sh)$", lower):
        return word + "es"
    if re.search(r"[^aeiou]y$", lower):
        return word[:-1] + "ies"
    if lower.endswith("man") and not lower.endswith(("human", "german", "roman")):
        return word[:-2] + "en"
    return word + "s"


def _last_word(phrase: str) -> tuple[str, str]:
    at = phrase.rfind(" ") + 1
    return phrase[:at], phrase[at:]


def _with_case_of(model: str, text: str) -> str:
    return text[:1].upper() + text[1:] if model[:1].isupper() else text
