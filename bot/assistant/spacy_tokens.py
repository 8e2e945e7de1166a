"""Tokens, sentences and names with spaCy.

The trained Dutch model is no package of a registry (``spacy download nl_core_news_sm`` fetches it from its makers).
Without it the blank Dutch pipeline with sentence ends does the work: what was trained works with both, and only the
names of persons and places are missing.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

import spacy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language

TRAINED_MODEL = "nl_core_news_sm"
_NOT_NEEDED = ("parser", "tagger", "morphologizer", "attribute_ruler", "lemmatizer")
_KINDS = {"PER": "persons", "PERSON": "persons", "LOC": "locations", "GPE": "locations"}

logger = logging.getLogger(__name__)


@lru_cache(maxsize=2)
def load_pipeline(name: str = TRAINED_MODEL) -> Language:
    """Return the trained model when it is installed and whole, else the blank Dutch pipeline (once a process)."""
    try:
        pipeline = spacy.load(name, exclude=list(_NOT_NEEDED))
        logger.info("spaCy: trained model %s %s.", name, pipeline.meta.get("version", ""))
    except OSError:
        pipeline = spacy.blank("nl")
        logger.info("spaCy: blank Dutch pipeline (%s is not installed; names are not recognised).", name)
    if not {"senter", "sentencizer", "parser"}.intersection(pipeline.pipe_names):
        pipeline.add_pipe("sentencizer")
    return pipeline


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class SpacyTokens(Tokenizer):  # type: ignore[misc]  # Rasa has no types
    """Sets the tokens, and on the message ``sentences`` (spans) and ``names`` (persons and locations)."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return Rasa's settings for tokenizers, and the model's name."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "model": TRAINED_MODEL}

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__({**self.get_default_config(), **config})
        self._pipeline = load_pipeline(self._config["model"])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpacyTokens:
        """Build the component from its part of ``config.yml``."""
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Split one text. Sentences and names are for this process only: they are never stored."""
        document = self._pipeline(message.get(attribute))
        message.set("sentences", [(sentence.start_char, sentence.end_char) for sentence in document.sents])
        names: dict[str, list[str]] = {}
        for span in document.ents:
            if span.label_ in _KINDS:
                names.setdefault(_KINDS[span.label_], []).append(span.text)
        message.set("names", names)
        return [Token(token.text, token.idx) for token in document if not token.is_space]
