"""Times: those of the partner the table names first, with the other partner one press away; and seats that are held.

One answer settles both who and when. The choice stays the resident's: who can help, and with what, is said each time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from actions import access, meeting, offers, partners, speech, time_wishes
from actions.absorb import ORDINALS, SKIPPED, answered
from actions.turn import Turn
from bot import clock
from bot.conversation import conversations
from bot.directory.partners import Partner
from bot.intake.course import Agreement
from bot.intake.decisions import Need
from bot.referral import appointments, booking, scheduling
from bot.referral.free_times import EVERY
from bot.settings import get_settings
from bot.store.engine import get_engine, transaction
from bot.texts import Button

MOST_BUTTONS = 5
#: So many times are looked for; the buttons beside them may leave room for fewer.
TIMES_SHOWN = 3
#: The value of the button that leaves a need: «no» means none of these times.
NOT_NOW = "none"


# --- asking and answering ---------------------------------------------------------------------------------------------


def ask(turn: Turn, _question: str) -> None:
    """Offer the times that were found, with the other partner beside them."""
    need = turn.current_need()
    if need is None:
        return
    offered = partners.chosen(turn, need)
    options = partners.options(turn, need)
    others = [
        (option, title)
        for option, title in zip(options, partners.titles(options), strict=True)
        if option.id != offered.id
    ]
    beside = _beside(turn, others)
    turn.shown = turn.shown[: MOST_BUTTONS - len(beside)]
    buttons = [
        Button(speech.moment(turn, datetime.fromisoformat(start)), f'/choose{{"time": "{start}"}}')
        for start in turn.shown
    ]
    buttons += beside
    if others and _is_first_look(turn) and turn.plan.now.partner is None:
        name, alone = turn.text(f"need.{need.id}"), len(turn.plan.pending) == 1
        turn.say(
            "say_ask_time_options",
            ask="time",
            buttons=buttons,
            need=name if alone else f"{name}, {speech.because(turn, need)}",  # alone, the advice stands just above
            options="\n".join(partners.lines(turn, need)),
            partner=offered.name,
            ways=meeting.ways(turn, offered),
        )
    else:
        turn.say("say_ask_time", ask="time", buttons=buttons, partner=offered.name, ways=meeting.ways(turn, offered))


def _beside(turn: Turn, others: list[tuple[Partner, str]]) -> list[Button]:
    """Return the buttons below the times: first the other partner, then, looking further, the evening.

    Beside the other partner one button names other times and the evening: pressed, the evening has its own.
    Three times go before a button for «not now»: who says no is asked for the partner, with that button.
    """
    agreed = turn.plan.now
    beside_partner = bool(others) and (_is_first_look(turn) or agreed.part == "evening")
    look = "times_or_evening" if beside_partner and agreed.part != "evening" else "other_times"
    buttons = [turn.button(look, f'/other_times{{"part": "{agreed.part}"}}')]
    if beside_partner:
        other, title = others[0]
        buttons.append(turn.button("rather_partner", f'/choose{{"partner": "{other.id}"}}', partner=title))
    elif agreed.part != "evening":
        buttons.append(turn.button("evening", '/other_times{"part": "evening"}'))
    if len(turn.plan.pending) == 1 and _is_first_look(turn) and len(buttons) < MOST_BUTTONS - TIMES_SHOWN:
        buttons.append(turn.button("not_now", f'/choose{{"needs": "{NOT_NOW}"}}'))
    return buttons


def _is_first_look(turn: Turn) -> bool:
    return turn.plan.now.is_first_look


def answer(turn: Turn) -> None:
    """Take a time, the other partner, or the wish to see other times; «none of these» asks for the partner apart."""
    chosen = _chosen(turn)
    if turn.intent == "choose" and turn.entity("needs") == NOT_NOW and turn.plan.current:
        turn.plan = turn.plan.without(turn.plan.current)
        turn.notes.append("say_not_sent")
        answered(turn, "time")
    elif chosen is not None:
        _hold(turn, chosen)
        answered(turn, "time")
    elif _takes_other_partner(turn) or time_wishes.take(turn):
        turn.understood = True
    elif turn.intent == "deny":
        turn.plan = turn.plan.cleared(turn.plan.current)
        turn.ask_again, turn.understood = "partner", True
    elif turn.intent in SKIPPED | {"other_times"}:
        time_wishes.further(turn)
        turn.understood = True


def _chosen(turn: Turn) -> str | None:
    """Return the time that is chosen: pressed, told by its number or its day and hour, or the only one and a yes.

    One that was shown before may be pressed as well, as long as it is free; else it is said to be taken.
    """
    pressed, ordinal = turn.entity("time"), turn.entity("ordinal")
    if pressed in turn.shown:
        return str(pressed)
    if isinstance(pressed, str) and turn.intent == "choose":
        return _still_free(turn, pressed)
    if turn.intent not in {"deny", "other_times"} and (told := time_wishes.among_shown(turn)) is not None:
        return told
    if ordinal in ORDINALS and ORDINALS[str(ordinal)] < len(turn.shown) and turn.intent not in {"deny", *SKIPPED}:
        return turn.shown[ORDINALS[str(ordinal)]]
    return turn.shown[0] if turn.intent == "affirm" and len(turn.shown) == 1 else None


def _still_free(turn: Turn, pressed: str) -> str | None:
    need = turn.current_need()
    try:
        start = datetime.fromisoformat(pressed)
    except ValueError:
        return None
    if need is None or start.tzinfo is None:
        return None
    if any(slot.start == start for slot in _free(turn, partners.chosen(turn, need))):
        return start.astimezone(clock.ZONE).isoformat()
    turn.notes.append("say_time_taken")
    turn.understood = True
    return None


def _takes_other_partner(turn: Turn) -> bool:
    need, wanted = turn.current_need(), turn.entity("partner")
    if need is None or wanted not in {option.id for option in partners.options(turn, need)}:
        return False
    turn.plan = turn.plan.cleared(need.id).agree(partner=str(wanted))
    return True


# --- which times ------------------------------------------------------------------------------------------------------


def look(turn: Turn) -> bool:
    """Fill ``turn.shown`` with free times of the partner chosen or named first; ``False`` when there is none.

    Of what was asked for, as far as it is there; where it is not, that is said and what comes nearest is shown.
    """
    need = turn.current_need()
    if need is None:
        return False
    free = _free(turn, partners.chosen(turn, need))
    wish = turn.plan.now
    found = time_wishes.wanted(free, wish, TIMES_SHOWN)
    if not found and free:
        wish = _nearest(turn, free)
        found = time_wishes.wanted(free, wish, TIMES_SHOWN)
    elif found and not time_wishes.is_met(found, wish) and turn.shown != _starts(found):
        turn.say("say_no_such_times")
    turn.shown = _starts(found)
    return bool(found)


def _nearest(turn: Turn, free: list[appointments.Slot]) -> Agreement:
    """Agree to look for what comes nearest to a wish that cannot be met: from the first on, when all were shown."""
    wish = turn.plan.now
    again = replace(wish, seen=())
    if wish.seen and time_wishes.wanted(free, again, 1):
        turn.say("say_times_again")
        turn.plan = turn.plan.agree(seen=())
        return again
    turn.say("say_no_such_times")
    for changes in time_wishes.instead(wish):
        turn.plan = turn.plan.agree(**{"part": wish.part, "on": wish.on, "after": wish.after, **changes, "seen": ()})
        if time_wishes.wanted(free, turn.plan.now, 1):
            break
    return turn.plan.now


def _starts(found: list[appointments.Slot]) -> list[str]:
    return [slot.start.isoformat() for slot in found]


def _free(turn: Turn, partner: Partner) -> list[appointments.Slot]:
    return scheduling.free_times(
        get_engine(),
        partner,
        get_settings(),
        clock.now(),
        count=EVERY,
        conversation_id=turn.conversation_id,
        interpreter=turn.interpreter is not None,
        step_free=access.is_needed(turn),
        mode=meeting.way(turn, partner),
    )


def go_without(turn: Turn) -> None:
    """Agree to no time: the partner that was chosen has no calendar, or nothing free."""
    need = turn.current_need()
    if need is not None:
        chosen = partners.chosen(turn, need)
        key = "say_no_calendar" if chosen.schedule is None else "say_no_times"
        if turn.situation.facts.get("contact_channel") == "walk_in":
            key += "_walk_in"  # to who gave no way to be reached no partner can send a time
        turn.say(key, partner=chosen.name)
        turn.plan = turn.plan.agree(no_time=True)


# --- seats ------------------------------------------------------------------------------------------------------------


def _hold(turn: Turn, start: str) -> None:
    """Hold a seat at this time while the resident decides; a taken seat is said and other times are offered."""
    need = turn.current_need()
    if need is None:
        return
    chosen = partners.chosen(turn, need)
    key = booking.booking_key(turn.conversation_id, need.id, chosen.id)
    try:
        with transaction() as session:
            conversations.ensure(session, turn.conversation_id, turn.region, clock.now())
            slot = offers.slot(turn, chosen, start)
            appointments.hold(session, chosen, slot, turn.conversation_id, key, clock.now())
    except appointments.SeatTaken as taken:
        turn.notes.append(offers.why_taken(taken))
        turn.plan = turn.plan.cleared(need.id, "time")
    else:
        turn.plan = turn.plan.agree(partner=chosen.id, time=start)


def release(turn: Turn, *needs: str) -> None:
    """Give the seats held for these needs back."""
    keys = [
        booking.booking_key(turn.conversation_id, need, partner)
        for need in needs
        if (partner := turn.plan.of(need).partner) is not None
    ]
    if keys:
        with transaction() as session:
            for key in keys:
                appointments.release(session, key)


def leave_expired_holds(turn: Turn) -> None:
    """Choose a time anew where the seat that was chosen is held no more: it may be somebody else's by now."""
    for need in turn.plan.pending:
        agreed = turn.plan.of(need)
        if agreed.time is None or agreed.partner is None:
            continue
        with transaction() as session:
            key = booking.booking_key(turn.conversation_id, need, agreed.partner)
            held = appointments.is_held(session, key, clock.now())
        if not held:
            turn.plan = turn.plan.cleared(need, "time")
            turn.notes.append("say_time_released")


def leave_partners_elsewhere(turn: Turn) -> None:
    """Choose anew where the partner that was chosen does not serve the municipality that is known now."""
    for need in _pending(turn):
        chosen = turn.plan.of(need.id).partner
        if chosen and chosen not in {option.id for option in partners.options(turn, need)}:
            release(turn, need.id)
            turn.plan = turn.plan.cleared(need.id)


def leave_needless(turn: Turn) -> None:
    """Arrange no longer what is no need any more; its seat is given back, and what is booked stays."""
    needs = {need.id for need in turn.open_needs()}
    gone = [name for name in turn.plan.pending if name not in needs]
    release(turn, *gone)
    if turn.plan.switching in gone:
        turn.plan = turn.plan.without_switch()
    turn.plan = turn.plan.only(needs)


def _pending(turn: Turn) -> list[Need]:
    return [need for need in turn.open_needs() if need.id in turn.plan.pending]
