"""BLEU, chrF, chrF++ and TER: per-segment statistics first, scores from their sums.

What a metric needs to know of a segment is a short row of counts. Rows of
several segments add up, so any score (of a segment, of the whole test set, of a
resample of it) is one formula over a sum of rows, and significance tests never
read the text again. The counts and formulas are sacrebleu's (Post, "A call for
clarity in reporting BLEU scores", WMT 2018), whose signatures are shown; that the
numbers are the same is tested against sacrebleu itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics import bleu as sacre_bleu
from sacrebleu.metrics import chrf as sacre_chrf
from sacrebleu.metrics import ter as sacre_ter

from eval.edit_rate import edits
from eval.pieces import require_pieces

Floats = NDArray[np.float64]
References = Sequence[tuple[str, ...]]
"""For every segment its references; empty ones are left out, and there may be none."""

_BLEU_ORDER = 4
_CHARACTER_ORDER = 6
_BETA_SQUARED = 4  # chrF2: recall weighs twice as much as precision
_LOG_OF_ZERO = -9999999999.0  # sacrebleu's stand-in
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


@dataclass(frozen=True, slots=True)
class Score:
    """One system's result on one metric.

    ``value`` is of the whole test set, on a scale of 0 to 100 (TER may exceed it).
    ``segments`` has one value a segment, NaN where neither side has any text;
    sentence BLEU counts only the n-gram orders that the segment is long enough for.
    """

    name: str
    value: float
    signature: str
    segments: Floats


class Metric(Protocol):
    """A score that is a function of summed per-segment rows."""

    @property
    def key(self) -> str:
        """Short name for options and files, such as ``chrf++``."""

    @property
    def name(self) -> str:
        """Name to show."""

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger score is a better one."""

    def corpus_value(self, total: Floats) -> float:
        """The score for one row of summed counts (sacrebleu's own, exactly, where it has the metric)."""

    def values(self, totals: Floats, *, sentence: bool = False) -> Floats:
        """Scores for rows of counts: shape (..., counts) in, (...) out.

        With ``sentence`` each row is of one segment.
        """

    def signature(self, references: int, **more: str | int) -> str:
        """What else must be known to compare the score, for so many references a segment (-1: they vary)."""


class CountedMetric(Metric, Protocol):
    """A metric whose rows are counted from the texts."""

    def counter(self, references: tuple[str, ...]) -> Callable[[str], Sequence[float]]:
        """A function from a hypothesis of one segment to its row of counts."""


@dataclass(frozen=True)
class Bleu:
    """BLEU (Papineni et al., ACL 2002): mixed case, exponential smoothing.

    ``tokens`` is the name of sacrebleu's tokenizer: 13a, or flores200 and flores101
    for spBLEU (Goyal et al., TACL 2022), which need their SentencePiece model
    (:mod:`eval.pieces` says where it is looked for).

    Counts: hypothesis length, closest reference length, matches of order 1 to 4,
    n-grams of order 1 to 4.
    """

    key: str = "bleu"
    name: str = "BLEU"
    tokens: str = "13a"
    higher_is_better: bool = True

    @cached_property
    def _sacrebleu(self) -> Any:
        if self.tokens != "13a":
            require_pieces(self.tokens)
        return sacre_bleu.BLEU(force=True, tokenize=self.tokens)

    def counter(self, references: tuple[str, ...]) -> Callable[[str], Sequence[float]]:
        """See :class:`Metric`."""
        tokenized = [self.tokens_of(text) for text in references]
        allowed: Counter[tuple[str, ...]] = Counter()
        for tokens in tokenized:
            allowed |= _word_ngrams(tokens, _BLEU_ORDER)
        lengths = [len(tokens) for tokens in tokenized]

        def count(hypothesis: str) -> Sequence[float]:
            tokens = self.tokens_of(hypothesis)
            found = _word_ngrams(tokens, _BLEU_ORDER)
            correct = [0] * _BLEU_ORDER
            for ngram in found.keys() & allowed.keys():
                correct[len(ngram) - 1] += min(found[ngram], allowed[ngram])
            total = [max(0, len(tokens) - order) for order in range(_BLEU_ORDER)]
            return [len(tokens), _closest(len(tokens), lengths), *correct, *total]

        return count

    def tokens_of(self, text: str) -> list[str]:
        """The tokens of ``text`` that are counted."""
        tokens: list[str] = self._sacrebleu.tokenizer(text.rstrip()).split()
        return tokens

    def corpus_value(self, total: Floats) -> float:
        """See :class:`Metric`."""
        whole = [int(count) for count in total]
        score = sacre_bleu.BLEU.compute_bleu(
            correct=whole[2 : 2 + _BLEU_ORDER],
            total=whole[2 + _BLEU_ORDER :],
            sys_len=whole[0],
            ref_len=whole[1],
            smooth_method="exp",
        )
        return float(score.score)

    def values(self, totals: Floats, *, sentence: bool = False) -> Floats:
        """See :class:`Metric`. ``sentence`` is sacrebleu's effective order."""
        length, wanted = totals[..., 0], totals[..., 1]
        correct, possible = totals[..., 2 : 2 + _BLEU_ORDER], totals[..., 2 + _BLEU_ORDER :]
        smoothing = np.ones_like(length)
        logs = np.zeros_like(length)
        orders = np.zeros_like(length)
        open_ = np.ones(length.shape, dtype=bool)  # no order without n-grams so far
        for order in range(_BLEU_ORDER):
            open_ &= possible[..., order] > 0
            missed = open_ & (correct[..., order] == 0)
            smoothing = np.where(missed, smoothing * 2, smoothing)
            matched = np.where(missed, 1 / smoothing, correct[..., order])
            precision = _ratio(100.0 * matched, possible[..., order])
            log = np.log(precision, where=open_, out=np.full_like(length, _LOG_OF_ZERO))
            logs += np.where(open_ | (not sentence), log, 0.0)
            orders += open_ | (not sentence)
        shortness = np.minimum(0.0, 1 - _ratio(wanted, length))
        score = np.exp(shortness + _ratio(logs, orders))
        result: Floats = np.where(correct.any(axis=-1), score, 0.0)
        return result

    def signature(self, references: int, **more: str | int) -> str:
        """See :class:`Metric`."""
        return _signature(self._sacrebleu, references, more)


@dataclass(frozen=True)
class Chrf:
    """chrF2 (Popović, WMT 2015); with ``word_order`` 2 it is chrF++ (WMT 2017).

    Counts: for each order of character and then of word n-grams how many the
    hypothesis has, the reference has, and match. Of several references the one
    with the best score for the segment counts.
    """

    key: str = "chrf"
    name: str = "chrF"
    word_order: int = 0
    higher_is_better: bool = True

    @cached_property
    def _sacrebleu(self) -> Any:
        return sacre_chrf.CHRF(word_order=self.word_order)

    def counter(self, references: tuple[str, ...]) -> Callable[[str], Sequence[float]]:
        """See :class:`Metric`."""
        wanted = [self._ngrams(text) for text in references]

        def count(hypothesis: str) -> Sequence[float]:
            found = self._ngrams(hypothesis)
            rows = [_matches(found, reference) for reference in wanted]
            if len(rows) == 1:
                return rows[0]
            best = max(rows, key=self._value, default=[0.0] * 3 * len(found))
            return best

        return count

    def _ngrams(self, text: str) -> list[Counter[Any]]:
        characters = "".join(text.split())
        counts: list[Counter[Any]] = [
            Counter([characters[i : i + order] for i in range(len(characters) - order + 1)])
            for order in range(1, _CHARACTER_ORDER + 1)
        ]
        if self.word_order:
            words = _separated(text)
            for order in range(1, self.word_order + 1):
                counts.append(Counter([tuple(words[i : i + order]) for i in range(len(words) - order + 1)]))
        return counts

    def _value(self, row: Sequence[float]) -> float:
        return float(self._sacrebleu._compute_f_score(row))

    def corpus_value(self, total: Floats) -> float:
        """See :class:`Metric`."""
        return self._value([int(count) for count in total])

    def values(self, totals: Floats, *, sentence: bool = False) -> Floats:
        """See :class:`Metric`. Orders that one side has no n-grams of do not count."""
        precision = recall = orders = np.zeros(totals.shape[:-1])
        for column in range(0, totals.shape[-1], 3):
            found, wanted, matched = (totals[..., column + i] for i in range(3))
            both = (found > 0) & (wanted > 0)
            precision = precision + np.where(both, _ratio(matched, found), 0.0)
            recall = recall + np.where(both, _ratio(matched, wanted), 0.0)
            orders = orders + both
        precision, recall = _ratio(precision, orders), _ratio(recall, orders)
        score = (1 + _BETA_SQUARED) * precision * recall
        return 100 * _ratio(score, _BETA_SQUARED * precision + recall)

    def signature(self, references: int, **more: str | int) -> str:
        """See :class:`Metric`."""
        return _signature(self._sacrebleu, references, more)


@dataclass(frozen=True)
class Ter:
    """Translation edit rate (Snover et al., AMTA 2006), case ignored; lower is better.

    Counts: edits against the nearest reference, mean length of the references.
    """

    key: str = "ter"
    name: str = "TER"
    higher_is_better: bool = False

    @cached_property
    def _sacrebleu(self) -> Any:
        return sacre_ter.TER()

    def counter(self, references: tuple[str, ...]) -> Callable[[str], Sequence[float]]:
        """See :class:`Metric`."""
        wanted = [text.lower().split() for text in references]
        length = sum(map(len, wanted)) / len(wanted) if wanted else 0.0

        def count(hypothesis: str) -> Sequence[float]:
            words = hypothesis.lower().split()
            return [min((edits(words, reference) for reference in wanted), default=len(words)), length]

        return count

    def corpus_value(self, total: Floats) -> float:
        """See :class:`Metric`."""
        return float(self._sacrebleu._compute_score_from_stats([float(count) for count in total]).score)

    def values(self, totals: Floats, *, sentence: bool = False) -> Floats:
        """See :class:`Metric`. Text where the reference has none scores 100."""
        made, length = totals[..., 0], totals[..., 1]
        rate = np.where(length > 0, _ratio(made, length), np.minimum(made, 1.0))
        result: Floats = 100 * rate
        return result

    def signature(self, references: int, **more: str | int) -> str:
        """See :class:`Metric`."""
        return _signature(self._sacrebleu, references, more)


@dataclass(frozen=True)
class SegmentMean:
    """A metric that gives every segment a value; a test set has their mean.

    The row of a segment is its value and 1, or two zeros where it has none, so that
    rows add up like counts do. ``label`` is the signature.
    """

    key: str
    name: str
    label: str
    higher_is_better: bool = True

    def corpus_value(self, total: Floats) -> float:
        """See :class:`Metric`."""
        return float(self.values(total))

    def values(self, totals: Floats, *, sentence: bool = False) -> Floats:
        """See :class:`Metric`."""
        return _ratio(totals[..., 0], totals[..., 1])

    def signature(self, references: int, **more: str | int) -> str:
        """See :class:`Metric`."""
        return "|".join([self.label, *(f"{key}:{value}" for key, value in more.items())])


METRICS: Mapping[str, CountedMetric] = {
    metric.key: metric
    for metric in (
        Bleu(),
        Chrf(),
        Chrf(key="chrf++", name="chrF++", word_order=2),
        Ter(),
        Bleu(key="spbleu", name="spBLEU", tokens="flores200"),
        Bleu(key="spbleu-101", name="spBLEU-101", tokens="flores101"),
    )
}
"""Every metric that sacrebleu has too by its key, in the order of reports."""

STANDARD = ("bleu", "chrf", "chrf++", "ter")
"""What is computed unless something else is asked for."""


def metric_key(name: str) -> str:
    """The key for a metric as people write it: ``chrF++``, ``BLEU``, ``SIM-ref``."""
    return name.strip().lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of every system on one metric: ``rows`` has shape (systems, segments, counts)."""

    metric: Metric
    rows: Floats


def mean_counts(metric: SegmentMean, values: Floats) -> Counts:
    """Rows for ``values`` of shape (systems, segments); NaN is no value."""
    known = ~np.isnan(values)
    return Counts(metric, np.stack([np.where(known, values, 0.0), known.astype(np.float64)], axis=-1))


def count(
    metrics: Sequence[CountedMetric], systems: Sequence[Sequence[str]], references: References
) -> tuple[Counts, ...]:
    """The statistics of several systems, one :class:`Counts` a metric.

    Every system has one hypothesis a segment. References are prepared once for
    all systems and forgotten after their segment, so memory stays small.
    """
    for hypotheses in systems:
        if len(hypotheses) != len(references):
            raise ValueError(f"{len(hypotheses)} hypotheses for {len(references)} segments")
    plain = _shared_chrf(metrics, references)
    counted = [metric for metric in metrics if metric is not plain]
    rows: list[Floats | None] = [None] * len(counted)
    for index, texts in enumerate(references):
        hypotheses = [system[index] for system in systems]
        for place, metric in enumerate(counted):
            counter = metric.counter(texts)
            known = {hypothesis: counter(hypothesis) for hypothesis in hypotheses}
            found = [known[hypothesis] for hypothesis in hypotheses]
            table = rows[place]
            if table is None:
                table = rows[place] = np.zeros((len(systems), len(references), len(found[0])))
            table[:, index] = found
    tables = {
        metric.key: np.zeros((len(systems), 0, 0)) if table is None else table
        for metric, table in zip(counted, rows, strict=True)
    }
    if plain is not None:
        tables[plain.key] = tables["chrf++"][..., : 3 * _CHARACTER_ORDER]
    return tuple(Counts(metric, tables[metric.key]) for metric in metrics)


def _shared_chrf(metrics: Sequence[CountedMetric], references: References) -> CountedMetric | None:
    """chrF, when its counts are the first columns of chrF++'s anyway.

    With several references the two may prefer different ones.
    """
    by_key = {metric.key: metric for metric in metrics}
    if "chrf++" in by_key and all(len(texts) < 2 for texts in references):
        return by_key.get("chrf")
    return None


def score(counts: Counts, system: int, signature: str) -> Score:
    """The score of one system (by its place) from its counts."""
    rows = counts.rows[system]
    segments = counts.metric.values(rows, sentence=True)
    empty = ~rows.any(axis=-1)
    return Score(
        name=counts.metric.name,
        value=counts.metric.corpus_value(rows.sum(axis=0)),
        signature=signature,
        segments=np.where(empty, np.nan, segments),
    )


def _ratio(above: Floats, below: Floats) -> Floats:
    """``above / below``, and 0 where ``below`` is 0."""
    result: Floats = np.divide(above, below, where=below != 0, out=np.zeros(np.shape(below)))
    return result


def _word_ngrams(tokens: list[str], longest: int) -> Counter[tuple[str, ...]]:
    return Counter(
        [
            tuple(tokens[i : i + order])
            for order in range(1, longest + 1)
            for i in range(len(tokens) - order + 1)
        ]
    )


def _closest(length: int, lengths: list[int]) -> int:
    """The reference length nearest to ``length``, the shorter of equals; 0 without references."""
    return min(lengths, key=lambda known: (abs(known - length), known), default=0)


def _matches(found: list[Counter[Any]], wanted: list[Counter[Any]]) -> list[float]:
    row: list[float] = []
    for ours, theirs in zip(found, wanted, strict=True):
        shared = ours.keys() & theirs.keys()
        matched = sum(map(min, map(ours.__getitem__, shared), map(theirs.__getitem__, shared)))
        row += [ours.total() if theirs else 0, theirs.total(), matched]
    return row


def _separated(text: str) -> list[str]:
    """Words with one mark of punctuation taken off, the last or else the first, as chrF++ has it."""
    words: list[str] = []
    for word in text.split():
        if len(word) > 1 and word[-1] in _PUNCTUATION:
            words += [word[:-1], word[-1]]
        elif len(word) > 1 and word[0] in _PUNCTUATION:
            words += [word[0], word[1:]]
        else:
            words.append(word)
    return words


def _signature(metric: Any, references: int, more: Mapping[str, str | int]) -> str:
    """The signature of a sacrebleu metric, which is known only with the number of references."""
    signature = type(metric)._SIGNATURE_TYPE({**metric.__dict__, "num_refs": references})
    for key, value in more.items():
        signature.update(key, value)
    return str(signature)
