"""Consent: what goes to which partner is shown, row by row, and nothing is sent without a yes to it.

Several needs are shown together, each partner by name with what it gets; each can also be answered apart.
"""

from __future__ import annotations

from datetime import datetime

from actions import access, call_time, languages, meeting, offers, partners, speech, strengths, times, who
from actions.absorb import ORDINALS, SKIPPED, answered
from actions.turn import Turn
from bot.intake.decisions import Need
from bot.intake.situation import SIGNALS
from bot.texts import Button, get_texts

MOST_BUTTONS = 5
#: Rows of one need: they are changed for that need alone.
OF_ONE_NEED = frozenset({"partner", "time"})

Row = dict[str, str]


# --- what is sent -----------------------------------------------------------------------------------------------------


def summary(turn: Turn, need: Need) -> list[Row]:
    """Return the rows of what will be sent for a need: label, value, and the payload that changes it."""
    rows = told_to(turn, need)
    if time := turn.plan.of(need.id).time:
        chosen, when = partners.chosen(turn, need), speech.moment(turn, datetime.fromisoformat(time))
        how = meeting.words(turn, meeting.way(turn, chosen), chosen)
        rows.append(_row(turn, "time", f"{when}, {how}", "time", need))
    if part := call_time.to_send(turn, need):
        rows.append(_row(turn, call_time.QUESTION, turn.text(f"value.{part}"), call_time.QUESTION, need))
    return rows


def told_to(turn: Turn, need: Need) -> list[Row]:
    """Return the rows of ``summary`` that are stored and travel.

    Not the time: the appointment says it, and it may change. Nor when to call: the booking adds that in its own words.
    """
    told = speech.listing(turn, (speech.thing(turn, name) for name in need.because if name in SIGNALS))
    rows = [_row(turn, "need", turn.text(f"need.{need.id}"), "partner", need)]
    if told:
        rows.append(_row(turn, "situation", told, "situation", need))
    rows += [
        _row(turn, fact, speech.value(turn, fact, turn.situation.facts[fact]), fact, need)
        for fact in offers.facts_to_send(turn, need)
    ]
    if (words := strengths.to_send(turn, need)) is not None:
        rows.append(_row(turn, strengths.QUESTION, words, strengths.QUESTION, need))
    if turn.on_behalf:
        rows.append(_row(turn, "on_behalf", turn.text(f"asked_by.{turn.on_behalf}"), "on_behalf", need))
    if access.is_needed(turn):
        rows.append(_row(turn, access.LABEL, turn.text(f"value.{access.STEP_FREE}"), access.LABEL, need))
    if turn.interpreter:
        rows.append(_row(turn, "interpreter", languages.name(turn, turn.interpreter), "interpreter", need))
    if kinds := offers.kinds_to_send(turn):
        details = speech.listing(turn, (turn.text(f"kind.{kind}") for kind in kinds))
        rows.append(_row(turn, "contact", details, "contact", need))
    return rows


def _row(turn: Turn, label: str, words: str, fact: str, need: Need) -> Row:
    return {"label": turn.text(f"label.{label}"), "value": words, "change": change(turn, fact, need.id)}


def change(turn: Turn, fact: str, need: str) -> str:
    """Return the payload that changes an answer; of several needs it says whose partner or time."""
    if fact in OF_ONE_NEED and len(turn.plan.pending) > 1:
        return f'/correct{{"fact": "{fact}", "needs": "{need}"}}'
    return f'/correct{{"fact": "{fact}"}}'


def words(rows: list[Row]) -> str:
    """Return rows as one clause: «hulp: Hulp bij schulden; gemeente: Zeist»."""
    return "; ".join(f"{speech.inside(row['label'])}: {row['value']}" for row in rows)


# --- asking -----------------------------------------------------------------------------------------------------------


def ask(turn: Turn, _question: str) -> None:
    """Show what goes to whom, and ask whether it may."""
    needs = turn.needs_to_send()
    if len(needs) > 1:
        _ask_for_several(turn, needs)
    elif needs:
        _ask_for_one(turn, needs[0])


def _ask_for_one(turn: Turn, need: Need) -> None:
    rows, key = summary(turn, need), who.variant(turn, "say_ask_consent")
    # One by one, a second press on the button of the first partner is no yes to the next.
    book = f'/book{{"needs": "{need.id}"}}' if turn.plan.one_by_one else "/book"
    yes, *rest = get_texts().buttons(key, turn.language)
    title = yes.title if turn.plan.of(need.id).time else turn.text("button.send")
    turn.say(
        key,
        ask="consent",
        buttons=[Button(title, book), *rest],
        card={"kind": "summary", "rows": rows},
        partner=partners.chosen(turn, need).name,
        summary=words(rows),
    )


def _ask_for_several(turn: Turn, needs: list[Need]) -> None:
    each = {need.id: summary(turn, need) for need in needs}
    shared = [row for row in each[needs[0].id] if all(row in rows for rows in each.values())]
    lines, card = [], []
    for number, need in enumerate(needs, start=1):
        partner = partners.chosen(turn, need).name
        own = [row for row in each[need.id] if row not in shared]
        lines.append(turn.text("say_consent_line", number=number, partner=partner, summary=words(own)))
        to = _row(turn, "partner", partner, "partner", need)
        card += [{**row, "label": f"{number}. {row['label']}"} for row in (to, *own)]
    if shared:
        lines.append(turn.text("say_consent_shared", summary=words(shared)))
    key = who.variant(turn, "say_ask_consent_several")
    yes, *rest = get_texts().buttons(key, turn.language)
    turn.say(
        key,
        ask="consent",
        buttons=[yes, *_apart(turn, needs, MOST_BUTTONS - 1 - len(rest)), *rest],
        card={"kind": "summary", "rows": [*card, *shared]},
        summaries="\n".join(lines),
    )


def _apart(turn: Turn, needs: list[Need], room: int) -> list[Button]:
    """Return the buttons for a yes to one partner alone; without room for all, one that asks for each in turn."""
    if len(needs) > room:
        return [turn.button("one_by_one", '/correct{"fact": "consent"}')]
    return [
        turn.button("only", f'/book{{"needs": "{need.id}"}}', number=number)
        for number, need in enumerate(needs, start=1)
    ]


# --- answering --------------------------------------------------------------------------------------------------------


def answer(turn: Turn) -> None:
    """Take a yes to all that was shown, a yes to one of them («only 2»), or a no."""
    shown = turn.plan.to_send
    only = _only(turn, shown)
    if turn.intent == "book" and turn.entity("needs") is not None and only is None:
        return  # a yes to something else than what is shown now
    if only is not None:
        _leave(turn, [need for need in shown if need != only])
        if len(shown) > 1:
            turn.notes.append("say_not_sent_rest")
        turn.plan = turn.plan.with_consent()
    elif turn.intent in {"affirm", "book"} or turn.entity("ordinal") == "all":
        turn.plan = turn.plan.with_consent()
    elif turn.intent in SKIPPED | {"deny"} and shown:
        _leave(turn, shown)
        turn.notes.append("say_not_sent")
    else:
        return
    answered(turn, "consent")


def _only(turn: Turn, shown: tuple[str, ...]) -> str | None:
    """Return the one need that was agreed to; ``None`` when the answer names none."""
    named, ordinal = turn.entity("needs"), turn.entity("ordinal")
    if turn.intent == "book" and named in shown:
        return str(named)
    if len(shown) > 1 and named is None and ordinal in ORDINALS and ORDINALS[str(ordinal)] < len(shown):
        return shown[ORDINALS[str(ordinal)]]
    return None


def _leave(turn: Turn, needs: list[str] | tuple[str, ...]) -> None:
    times.release(turn, *needs)
    for need in needs:
        turn.plan = turn.plan.without(need)
