"""So that ``python -m bot.cli`` is ``doorwijzer``."""

from bot.cli.main import app

app(prog_name="doorwijzer")
