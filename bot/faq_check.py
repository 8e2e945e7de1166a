"""What is wrong with the answers to questions in passing: said for who edits ``content/answers.yml``, a line a finding.

An answer needs its words and its source in every language, must not have ended, and somebody must be able to ask it:
an intent in ``domain.yml`` with examples in every language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from string import Formatter

import yaml

from bot.intake.faq import PREFIX, Faq, FaqInvalid
from bot.settings import ROOT
from bot.texts import Texts

#: What ``actions.faq`` can fill in; any other name in braces would break the answer.
VALUES = frozenset({"brand", "website", "desk"})
_INTENT = re.compile(r"^\s*- intent:\s*(\w+)", re.MULTILINE)


def check_answers(content_dir: Path, today: date, root: Path = ROOT) -> list[str]:
    """Return findings on ``answers.yml``, its texts, and the intents and examples in ``root``. Never raises."""
    path = content_dir / "answers.yml"
    try:
        faq = Faq.parse(yaml.safe_load(path.read_text("utf-8")))
        texts = Texts.load(content_dir / "texts")
        return [*_answers(faq, today), *_texts(faq, texts), *_intents(faq, texts, root)]
    except FaqInvalid as error:
        return [str(error)]
    except OSError as error:
        return [f"{Path(error.filename or path).name}: {error.strerror}"]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return [f"a file cannot be read: {str(error).splitlines()[0]}"]


def _answers(faq: Faq, today: date) -> Iterator[str]:
    for name, answer in faq.answers.items():
        if not answer.holds(today):
            yield f"answers.yml, {name}: ended on {answer.valid_until}; check the rule and change the answer"
        if answer.checked > today:
            yield f"answers.yml, {name}: was checked on {answer.checked}, which is still to come"


def _texts(faq: Faq, texts: Texts) -> Iterator[str]:
    sources = {answer.source for answer in faq.answers.values() if answer.source}
    for language in texts.languages:
        for name in faq.answers:
            if not texts.has(f"answer.{name}", language):
                yield f"{language}: answer.{name} has no words"
                continue
            unknown = _values(texts, f"answer.{name}", language) - VALUES
            if unknown:
                yield f"{language}: answer.{name} has values nobody fills in: {', '.join(sorted(unknown))}"
        for source in sorted(sources):
            if not texts.has(f"source.{source}", language):
                yield f"{language}: unknown source {source} (source.{source} has no words)"
        for key in sorted(texts.keys(language)):
            if key.startswith("answer.") and key.removeprefix("answer.") not in faq.answers:
                yield f"{language}: {key} is not in answers.yml"


def _values(texts: Texts, key: str, language: str) -> set[str]:
    words = str(texts.entry(key, language)["text"])
    try:
        return {name for _, name, _, _ in Formatter().parse(words) if name is not None}
    except ValueError:  # a brace that is not closed is a finding of `texts check`
        return set()


def _intents(faq: Faq, texts: Texts, root: Path) -> Iterator[str]:
    domain = yaml.safe_load((root / "domain.yml").read_text("utf-8")) or {}
    asked = {name for name in domain.get("intents") or () if str(name).startswith(PREFIX)}
    for intent in sorted(asked - faq.intents):
        yield f"domain.yml: {intent} has no answer"
    for intent in sorted(faq.intents - asked):
        yield f"domain.yml: {intent} is missing, so nobody can ask it"
    for language in texts.languages:
        for intent in sorted(faq.intents - _trained(root / "data" / "nlu", language)):
            yield f"data/nlu: {intent} has no examples in {language}"


def _trained(folder: Path, language: str) -> frozenset[str]:
    """Return the intents that files of a language hold; by their lines, for reading all examples takes seconds."""
    return frozenset(
        intent for path in folder.glob(f"*.{language}.yml") for intent in _INTENT.findall(path.read_text("utf-8"))
    )
