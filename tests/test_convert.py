"""Round trips: what two formats can hold both comes through both."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from bitexts import bitexts, kept, written
from hypothesis import HealthCheck, given, settings

from corpus.bitext import Bitext
from corpus.formats import Format, format_for, formats
from corpus.units import Trait, units_of

BOTH = [item for item in formats() if item.read_units and not item.name.startswith("moses")]
quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.mark.parametrize("item", BOTH, ids=lambda item: item.name)
@given(bitext=bitexts())
@quick
def test_what_a_format_keeps_comes_back(item: Format, bitext: Bitext) -> None:
    assert item.read_units is not None
    units = item.read_units(io.BytesIO(written(item, bitext)), f"x{item.suffixes[0]}")
    found = kept(units.units, item.keeps)
    assert found == kept(units_of(bitext).units, item.keeps)
    assert not +units.lost
    expected = units_of(bitext).head
    if Trait.PROVENANCE in item.keeps:
        assert units.head.provenance == expected.provenance
        assert units.head.metadata == expected.metadata
    assert (units.head.source_language, units.head.target_language) == ("nl", "en")
