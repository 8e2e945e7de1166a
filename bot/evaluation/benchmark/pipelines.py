"""The two pipelines that are compared, read from where they really come from, never copied."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from bot.evaluation.reading import InputError, read_text
from bot.settings import ROOT

#: What understands in our pipeline. The finders and the Arbiter add to that, or overrule it by rules of our own.
OUR_PARTS = ("SpacyTokens", "LanguageIdentifier", "SpellingReader", "SentenceEmbedding", "UnderstandingClassifier")
#: What leads to an intent in Rasa's default. Its ResponseSelector and FallbackClassifier do not change which it is.
DEFAULT_PARTS = (
    "WhitespaceTokenizer",
    "RegexFeaturizer",
    "LexicalSyntacticFeaturizer",
    "CountVectorsFeaturizer",
    "DIETClassifier",
    "EntitySynonymMapper",
)

Config = dict[str, Any]

OURS, DIET = "ours", "diet"


def our_config(file: Path = ROOT / "config.yml") -> Config:
    """Return the part of the project's configuration that understands. Raises ``InputError`` when it is not there."""
    return _part(file, OUR_PARTS)


def default_config() -> Config:
    """Return what Rasa suggests to a project without a pipeline. Raises ``InputError`` when it is not there."""
    spec = find_spec("rasa")
    folder = Path((spec.submodule_search_locations or [""])[0]) if spec else Path()
    return _part(folder / "engine" / "recipes" / "config_files" / "default_config.yml", DEFAULT_PARTS)


def _part(file: Path, wanted: tuple[str, ...]) -> Config:
    try:
        whole = yaml.safe_load(read_text(file))
        pipeline = [part for part in whole["pipeline"] if _class_of(part) in wanted]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise InputError(f"{file}: has no pipeline: {next(iter(str(error).splitlines()), '')}") from None
    lacking = set(wanted) - {_class_of(part) for part in pipeline}
    if lacking:
        raise InputError(f"{file}: the pipeline has no {', '.join(sorted(lacking))}")
    return {
        "recipe": whole.get("recipe", "default.v1"),
        "assistant_id": "benchmark",
        "language": whole.get("language"),
        "pipeline": pipeline,
    }


def _class_of(part: Config) -> str:
    return str(part["name"]).rpartition(".")[2]
