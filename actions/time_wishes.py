"""Which times somebody wants to see: a day, a part of the day, an hour, earlier ones, or simply others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from actions.turn import Turn
from bot import clock
from bot.intake.course import Agreement
from bot.referral.calendars.availability import NOON, PARTS, in_part
from bot.referral.calendars.port import Slot
from bot.referral.free_times import few


def take(turn: Turn) -> bool:
    """Take in which times are wanted; return whether the message says anything of it.

    The part of the day that is shown already is no new wish: it asks for more of the same.
    """
    if not is_told(turn):
        return False
    part, hour, day = _part(turn), _hour(turn), _day(turn)
    if turn.entity("time_wish") == "earlier":
        if turn.plan.now.is_first_look:
            turn.notes.append("say_no_such_times")
        turn.plan = turn.plan.agree(part=part or turn.plan.now.part, after=None, on=None, near=hour, seen=())
    elif day is not None:
        turn.plan = turn.plan.agree(**day, part=part or "any", near=hour, seen=())
    elif hour is not None:
        kept = turn.plan.now.part
        fits = in_part(datetime.combine(clock.today(), time.fromisoformat(hour), clock.ZONE), kept)
        turn.plan = turn.plan.agree(part=part or (kept if fits else "any"), near=hour, seen=())
    elif part is not None and part != turn.plan.now.part:
        turn.plan = turn.plan.agree(part=part, near=None, seen=())
    else:
        further(turn)
    return True


def is_told(turn: Turn) -> bool:
    """Return whether the message says which times are wanted."""
    return turn.entity("time_wish") == "earlier" or any(wish(turn) is not None for wish in (_part, _hour, _day))


def further(turn: Turn) -> None:
    """Want other times than those shown, of the same kind."""
    turn.plan = turn.plan.agree(seen=tuple(dict.fromkeys((*turn.plan.now.seen, *turn.shown))))


def among_shown(turn: Turn) -> str | None:
    """Return the time that was shown and is meant by its day and hour, or by its hour when no other begins then."""
    hour, day = _hour(turn), _day(turn)
    if hour is None or (day is not None and day["on"] is None):
        return None
    starts = [(shown, datetime.fromisoformat(shown).astimezone(clock.ZONE)) for shown in turn.shown]
    found = [
        shown
        for shown, start in starts
        if f"{start:%H:%M}" == hour and (day is None or start.date().isoformat() == day["on"])
    ]
    return found[0] if len(found) == 1 else None


def wanted(free: Sequence[Slot], wish: Agreement, count: int) -> list[Slot]:
    """Return a few of the free times that are wanted; none when there is none on the day that was asked for."""
    after = date.fromisoformat(wish.after[:10]) if wish.after else date.min
    on = date.fromisoformat(wish.on) if wish.on else None
    fitting = [slot for slot in free if in_part(slot.start, wish.part) and _day_of(slot) >= (on or after)]
    near = time.fromisoformat(wish.near) if wish.near else None
    seen = [datetime.fromisoformat(start) for start in wish.seen]
    if on is not None and all(_day_of(slot) != on for slot in fitting):
        return []
    return few(fitting, count, seen=seen, on=on, near=near)


def is_met(found: Sequence[Slot], wish: Agreement) -> bool:
    """Return whether a day and hour that were asked for are there; without both there is nothing to miss."""
    if wish.on is None or wish.near is None or wish.seen:
        return True
    return any(slot.start.astimezone(clock.ZONE).isoformat()[:16] == f"{wish.on}T{wish.near}" for slot in found)


def instead(wish: Agreement) -> Iterator[dict[str, Any]]:
    """Yield what comes nearest to a wish that cannot be met, step by step: other days, other hours, and all times."""
    other_days: dict[str, Any] = {"after": wish.on or wish.after, "on": None}
    yield other_days
    yield {"part": "any"}
    yield {**other_days, "part": "any"}
    yield {"part": wish.part, "after": None, "on": None, "near": None}
    yield {"part": "any", "after": None, "on": None, "near": None}


def _day_of(slot: Slot) -> date:
    return slot.start.astimezone(clock.ZONE).date()


def _part(turn: Turn) -> str | None:
    part = turn.entity("part")
    return part if isinstance(part, str) and part in PARTS else None


def _hour(turn: Turn) -> str | None:
    """Return the hour in the message; «9 uur 's avonds» is late."""
    said = turn.entity("hour")
    try:
        hour = time.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    if hour is not None and hour < NOON and _part(turn) in {"afternoon", "evening"}:
        hour = hour.replace(hour=hour.hour + 12)
    return f"{hour:%H:%M}" if hour is not None else None


def _day(turn: Turn) -> dict[str, str | None] | None:
    """Return on which day, or from which on, times are wanted; a month begins on its first day, a week on Monday."""
    found = turn.entity("date")
    try:
        day = date.fromisoformat(found["date"]) if isinstance(found, dict) else None
    except (KeyError, TypeError, ValueError):
        return None
    if day is None or not isinstance(found, dict):
        return None
    match found.get("precision"):
        case "month":
            return {"after": day.replace(day=1).isoformat(), "on": None}
        case "part_of_month":
            return {"after": (day - timedelta(days=day.weekday() if day.day > 1 else 0)).isoformat(), "on": None}
        case _:
            return {"after": None, "on": day.isoformat()}
