"""The command line, ``doorwijzer``: start, train, check, and measure."""

from bot.cli.main import app

__all__ = ["app"]
