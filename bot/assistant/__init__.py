"""What runs inside Rasa: NLU components, text importer, channel, tracker store and in-process actions.

Rasa imports this package because ``config.yml``, ``endpoints.yml`` and ``credentials.yml`` name its classes.
Importing it teaches Rasa the address ``inprocess://`` for actions; Rasa has no hook of its own for that.
"""

from bot.quiet import hush

hush()

from bot.assistant.in_process import install  # noqa: E402 - silence first, then Rasa's imports

install()
