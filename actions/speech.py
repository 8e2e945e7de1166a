"""How facts, reasons and times are put into words. All words come from ``content/texts``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from babel.dates import format_date, format_datetime

from actions import who
from actions.turn import Turn
from bot import clock
from bot.clock import ZONE
from bot.intake.decisions import Need
from bot.intake.situation import FACTS, SIGNALS
from bot.texts import get_texts


def day(turn: Turn, iso: str) -> str:
    """Return a date in full: «zondag 31 januari 2027»."""
    return format_date(date.fromisoformat(iso), turn.text("format.date"), locale=turn.language)


def moment(turn: Turn, at: datetime) -> str:
    """Return a moment in full, on the clock of the Netherlands: «maandag 23 november om 09:00 uur»."""
    return format_datetime(at.astimezone(ZONE), turn.text("format.time"), locale=turn.language)


def hours(turn: Turn, opens: datetime, closes: datetime) -> str:
    """Return when one can walk in: «maandag 23 november van 09:00 tot 17:00 uur»."""
    local, until = opens.astimezone(ZONE), closes.astimezone(ZONE)
    day = format_datetime(local, turn.text("format.open"), locale=turn.language)
    return turn.text("format.open_hours", day=day, opens=f"{local:%H:%M}", closes=f"{until:%H:%M}")


def on(turn: Turn, at: datetime | None) -> str:
    """Return when something will be, within a sentence: «op maandag 23 november om 09:00 uur»; ``None``: soon."""
    return turn.text("format.soon") if at is None else turn.text("format.on", when=moment(turn, at))


def inside(words: str) -> str:
    """Return words as a part of a sentence: the first letter small, but for a name in capitals."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def value(turn: Turn, fact: str, raw: str) -> str:
    """Return a fact's value in words."""
    if fact == "end_date":
        return day(turn, raw)
    return raw if FACTS[fact] is None else turn.text(f"value.{raw}")


def thing(turn: Turn, name: str, raw: str | None = None) -> str:
    """Return a signal or a fact as a short sentence: «u hebt schulden», «u woont in Zeist».

    ``raw`` is the fact's value; without it the value that is known.
    """
    if name in SIGNALS:
        return turn.text(who.variant(turn, f"signal.{name}"))
    return turn.text(
        who.variant(turn, f"fact.{name}"), value=value(turn, name, turn.situation.facts[name] if raw is None else raw)
    )


def listing(turn: Turn, parts: Iterable[str]) -> str:
    """Return «a, b en c»."""
    words = list(parts)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {turn.text('format.and')} {words[-1]}"


def reasons(turn: Turn, need: Need) -> list[str]:
    """Return why this need is there, one short sentence a reason: «uw contract stopt op zondag 31 januari 2027»."""
    ends = turn.situation.facts.get("end_date") if "end_date" in need.because else None
    if ends is not None and ends < clock.today().isoformat():
        ends = None  # what is over does not «stop on» a day
    dated = next((name for name in need.because if ends and get_texts().has(f"signal_on.{name}", turn.language)), None)
    if dated is None or ends is None:
        return [thing(turn, name) for name in need.because]
    with_day = turn.text(f"signal_on.{dated}", value=day(turn, ends))
    return [with_day if name == dated else thing(turn, name) for name in need.because if name != "end_date"]


def because(turn: Turn, need: Need) -> str:
    """Return the reasons of a need as one clause: «want uw contract stopt en uw laatste dag is …»."""
    return turn.text("because", reasons=listing(turn, reasons(turn, need)))
