"""Training with tiny models: the loss, the data, resuming, and the command."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny_model import Tiny, build

from translate.cli import main
from translate.models import read_model
from translate.training.examples import Codec, encode_pairs, epoch_batches
from translate.training.loss import smoothed_cross_entropy
from translate.training.pairs import Pair, read_pairs
from translate.training.session import SessionPlan, load_data
from translate.training.trainer import Trainer, TrainingSettings

WHO = ["De man", "De vrouw", "Het huis", "Een hond", "Zij", "hij", "De oude man", "Een grote hond"]
WHOM = ["The man", "The woman", "The house", "A dog", "She", "he", "The old man", "A big dog"]
WHAT = ["leest een boek", "ziet een fiets", "koopt een krant", "slaapt in de tuin", "loopt naar de straat"]
THAT = ["reads a book", "sees a bicycle", "buys a newspaper", "sleeps in the garden", "walks to the street"]
PAIRS = [
    Pair(f"{who} {what}.", f"{whom} {that}.")
    for who, whom in zip(WHO, WHOM, strict=True)
    for what, that in zip(WHAT, THAT, strict=True)
]
SMALL = TrainingSettings(
    batch_tokens=200,
    learning_rate=3e-3,
    warmup_steps=2,
    dropout=0.0,
    average=0.0,
    label_smoothing=0.0,
    max_steps=6,
    validate_every=3,
    validation_pairs=4,
    precision="float32",
)
HELD_OUT = [("De man leest een krant.", "The man reads a newspaper.")]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("models") / "tiny", Tiny())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    lines = [f"{pair.source}\t{pair.target}" for pair in PAIRS]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    return tmp_path


# The loss


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_loss_and_gradient_are_those_of_torch_without_the_banned_columns(smoothing: float) -> None:
    torch.manual_seed(3)
    logits, banned = torch.randn(40, 12) * 4, torch.tensor([1, 5])
    kept = [column for column in range(12) if column not in (1, 5)]
    places = torch.randint(0, len(kept), (40,))
    ours, theirs = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    mine = smoothed_cross_entropy(ours, torch.tensor(kept)[places], banned, smoothing)
    expected = torch.nn.functional.cross_entropy(theirs[:, kept], places, label_smoothing=smoothing)
    torch.testing.assert_close(mine, expected)
    mine.backward()  # type: ignore[no-untyped-call]
    expected.backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(ours.grad, theirs.grad)


# The examples


def test_pairs_that_cannot_be_learned_from_are_counted(tiny: Path) -> None:
    pairs = [*PAIRS[:3], Pair("De man.", "The man ♯."), Pair("De " + "hond " * 30, "The dog.")]
    examples = encode_pairs(pairs, Codec.load(tiny), max_tokens=20)
    assert (len(examples), examples.unwritable, examples.too_long) == (3, 1, 1)


def test_an_epoch_has_every_pair_once_within_the_budget(tiny: Path) -> None:
    examples = encode_pairs(PAIRS, Codec.load(tiny), 128)
    batches = epoch_batches(examples, 120, seed=1, epoch=0)
    assert sorted(int(place) for batch in batches for place in batch) == list(range(len(PAIRS)))
    for batch in batches:
        longest = max(len(examples.source(i)) for i in batch) + max(len(examples.target(i)) for i in batch)
        assert len(batch) == 1 or len(batch) * longest <= 120
    again, other = epoch_batches(examples, 120, 1, 0), epoch_batches(examples, 120, 1, 1)
    assert all(np.array_equal(one, two) for one, two in zip(batches, again, strict=True))
    assert [list(batch) for batch in other] != [list(batch) for batch in batches]


def test_held_out_pairs_are_not_trained_on(desk: Path) -> None:
    with (desk / "pairs.tsv").open("a", encoding="utf-8") as stream:
        stream.write(f"{PAIRS[0].source}\t{PAIRS[0].target}\n" * 5)  # doubles must not leak
    data = load_data(SessionPlan(data=(desk / "pairs.tsv",), output=desk / "out", clean=False), seed=1)
    assert data.held_out and not set(data.held_out) & set(data.training)


# The run


def run_trainer(tiny: Path, output: Path, settings: TrainingSettings) -> list[dict[str, object]]:
    log: list[dict[str, object]] = []
    examples = encode_pairs(PAIRS, Codec.load(tiny), 128)
    Trainer(tiny, output, examples, HELD_OUT, settings, log.append).run()
    return log


def test_learns(tiny: Path, tmp_path: Path) -> None:
    # The model knows "boek" as "book"; here it is a bicycle.
    pairs = [Pair(pair.source, pair.target.replace("book", "bicycle")) for pair in PAIRS]
    examples = encode_pairs(pairs, Codec.load(tiny), 128)
    settings = replace(SMALL, max_steps=40, validate_every=40, validate_start=True)
    log: list[dict[str, object]] = []
    held_out = [("De grote hond leest een boek.", "The big dog reads a bicycle.")]
    Trainer(tiny, tmp_path / "run", examples, held_out, settings, log.append).run()
    losses = [float(str(entry["held_out_loss"])) for entry in log if "held_out_loss" in entry]
    assert losses[-1] < losses[0] - 0.1


def test_a_resumed_run_ends_as_an_uninterrupted_one(tiny: Path, tmp_path: Path) -> None:
    constant = replace(SMALL, final_rate=1.0)  # the schedule looks at max_steps
    run_trainer(tiny, tmp_path / "whole", constant)
    run_trainer(tiny, tmp_path / "parts", replace(constant, max_steps=3))
    # As if killed between the two renames of the next checkpoint.
    (tmp_path / "parts/checkpoint").rename(tmp_path / "parts/checkpoint.old")
    log = run_trainer(tiny, tmp_path / "parts", constant)
    assert {"resumed_at_step": 3} in log
    whole = load_file(tmp_path / "whole/checkpoint/model.safetensors")
    parts = load_file(tmp_path / "parts/checkpoint/model.safetensors")
    start = load_file(tiny / "model.safetensors")
    for name, tensor in whole.items():
        torch.testing.assert_close(tensor, parts[name])
    assert any(not torch.equal(tensor, start[name]) for name, tensor in whole.items() if name in start)


def test_stops_early(tiny: Path, tmp_path: Path) -> None:
    settings = replace(SMALL, max_steps=1000, learning_rate=0.0, validate_every=1, patience=3)
    log = run_trainer(tiny, tmp_path / "run", settings)
    assert sum("held_out_chrf" in entry for entry in log) <= 5


# Reading


def test_reads_tmx(tmp_path: Path) -> None:
    path = tmp_path / "memory.tmx"
    path.write_text(
        '<?xml version="1.0"?><tmx version="1.4"><header/><body><tu>'
        '<tuv xml:lang="nl-NL"><seg>De hond <bpt i="1">x</bpt>slaapt.</seg></tuv>'
        '<tuv xml:lang="EN"><seg>The dog sleeps.</seg></tuv></tu></body></tmx>',
        "utf-8",
    )
    assert list(read_pairs(path)) == [Pair("De hond slaapt.", "The dog sleeps.")]


# The command


def train(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["train", *arguments])
    return int(str(ended.value.code or 0))


@pytest.mark.parametrize("separate", [True, False])
def test_fine_tunes_a_model_that_translates(
    desk: Path, capsys: pytest.CaptureFixture[str], separate: bool
) -> None:
    start = build(desk / "start", Tiny(separate=separate))
    options = ["--start-from", str(start), "--output", "out", "--no-clean", "--max-steps", "3", "--offline"]
    assert train("pairs.tsv", *options) == 0
    said = capsys.readouterr().err
    assert "held-out chrF" in said.splitlines()[-1]
    model = read_model(desk / "out", model_id="out")
    assert model.config.separate_vocabularies == separate
    card = (desk / "out/README.md").read_text("utf-8")
    assert "pairs.tsv" in card and "tweetalig train" in card
    (desk / "article.txt").write_text("De man leest een boek.\n", "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["translate", "article.txt", "--model", "out", "-o", "article.en.txt", "-q"])
    assert not ended.value.code
    assert (desk / "article.en.txt").read_text("utf-8").strip()


def test_never_ends_worse_than_it_began(desk: Path, tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--start-from", str(tiny), "--output", "out", "--no-clean", "--max-steps", "2"]
    assert train("pairs.tsv", *options, "--learning-rate", "5.0") == 0
    assert "nothing was gained" in capsys.readouterr().err
    start, end = load_file(tiny / "model.safetensors"), load_file(desk / "out/model.safetensors")
    assert all(torch.equal(tensor, end[name]) for name, tensor in start.items() if name in end)


def test_makes_a_model_from_nothing(desk: Path) -> None:
    lines = [f"{pair.source}\t{pair.target}\n" for pair in PAIRS] * 3
    (desk / "pairs.tsv").write_text("".join(lines), "utf-8")
    options = ["--output", "out", "--no-clean", "--max-steps", "1", "--vocabulary", "100", "-q"]
    assert train("pairs.tsv", *options) == 0
    assert read_model(desk / "out", model_id="out").config.source_tokens > 60
    log = (desk / "out/training/log.jsonl").read_text("utf-8").splitlines()
    assert all(math.isfinite(entry.get("loss", 0.0)) for entry in map(json.loads, log))


@pytest.mark.parametrize(
    "content, options, said",
    [
        (None, [], ["gone.tsv"]),
        (b"", [], ["too few"]),
        (b"De hond.\tThe dog.\nalleen Nederlands\n", [], ["gone.tsv", "line 2", "tab"]),
        (b"caf\xe9\tcoffee\n", [], ["gone.tsv", "UTF-8"]),
        (b"De hond.\tThe dog.\n", ["--start-from", "nowhere/"], ["nowhere"]),
    ],
)
def test_mistakes_are_named(
    desk: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    options: list[str],
    said: list[str],
) -> None:
    if content is not None:
        (desk / "gone.tsv").write_bytes(content)
    assert train("gone.tsv", "--output", "out", *options, "--offline") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tweetalig: error: ")
    assert all(part in line for part in said), line


def test_other_data_is_not_mixed_into_a_run(
    desk: Path, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--start-from", str(tiny), "--output", "out", "--no-clean", "--max-steps", "1"]
    assert train("pairs.tsv", *options) == 0
    other = [f"{pair.source}\t{pair.target}\n" for pair in PAIRS[:20]]
    (desk / "pairs.tsv").write_text("".join(other), "utf-8")
    capsys.readouterr()
    assert train("pairs.tsv", *options) == 2
    assert "other data" in capsys.readouterr().err
