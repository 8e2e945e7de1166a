"""How each question is asked: its words, its buttons, its card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from actions import (
    call_time,
    consent,
    events,
    languages,
    meeting,
    partners,
    research,
    speech,
    strengths,
    switching,
    times,
    who,
)
from actions.turn import Turn
from bot import clock
from bot.intake.situation import FACTS
from bot.texts import Button, get_texts

MOST_BUTTONS = 5


def ask(turn: Turn, question: str) -> None:
    """Ask one question; it becomes the open one."""
    _ASK.get(question, _ask_fact)(turn, question)


def _ask_fact(turn: Turn, fact: str) -> None:
    if fact in turn.proposals:
        proposed = turn.proposals[fact]
        _confirm(turn, fact, proposed["value"], proposed.get("others", ()))
        return
    languages.say(turn, who.variant(turn, f"say_ask_{fact}"), every=_missed_in_another(turn), ask=fact)


def _missed_in_another(turn: Turn) -> bool:
    """Return whether the last message gave nothing and another language is known: then all of ours are spoken."""
    return bool(turn.missed) and turn.speaks_other


def _confirm(turn: Turn, fact: str, proposed: str, others: Sequence[str]) -> None:
    """Read an uncertain value back: nothing is taken silently."""
    words = speech.value(turn, fact, proposed)
    past = fact == "end_date" and date.fromisoformat(proposed) < clock.today()
    turn.say(
        "say_ask_end_date_past" if past else f"say_ask_{fact}_confirm",
        ask=fact,
        buttons=[
            turn.button("yes_value", f'/answer{{"{fact}": "{proposed}"}}', value=words),
            *(
                Button(speech.value(turn, fact, other), f'/answer{{"{fact}": "{other}"}}')
                for other in others[: MOST_BUTTONS - 3]
            ),
            turn.button("something_else", "/deny"),
            turn.button("rather_not_say", "/rather_not_say"),
        ],
        value=words[:1].upper() + words[1:] if past else words,
    )


def _ask_situation(turn: Turn, _question: str) -> None:
    if "own_words" in turn.told:
        turn.told.remove("own_words")
        turn.say("say_ask_situation_own_words", ask="situation")
    else:
        key = "say_ask_situation_again" if turn.missed else "say_ask_situation"
        languages.say(turn, key, every=_missed_in_another(turn), ask="situation")


def say_not_understood(turn: Turn) -> None:
    """Say that the answer to the open question was not understood, and how it can be said, with an example."""
    hint = f"hint.{turn.asking}"
    if get_texts().has(hint, turn.language):
        languages.say(turn, "say_asked_again_hint", lambda: {"hint": turn.text(hint)}, every=turn.speaks_other)
    else:
        languages.say(turn, "say_asked_again", every=turn.speaks_other)


def in_doubt(turn: Turn) -> str | None:
    """Return the question that comes before all others: what was meant is not sure yet."""
    if turn.unconfirmed is not None:
        return "other_language"
    return "meaning" if turn.candidates else None


def _ask_meaning(turn: Turn, _question: str) -> None:
    every = turn.speaks_other
    title = languages.joined if every else turn.text
    buttons = [Button(title(f"meaning.{name}"), f'/answer{{"signal": "{name}"}}') for name in turn.candidates]
    buttons.append(Button(title("button.something_else"), '/answer{"signal": "other"}'))
    buttons.append(Button(title("button.person"), "/person"))
    if len(turn.candidates) == 1:
        meaning = f"meaning.{turn.candidates[0]}"
        values, key = (lambda: {"meaning": turn.text(meaning)}), "say_ask_meaning_one"
    else:  # «yes» to «one of these?» does not say which
        values, key = dict, "say_ask_meaning_which" if turn.intent == "affirm" else "say_ask_meaning"
    languages.say(turn, key, values, every=every, ask="meaning", buttons=buttons)


def _ask_other_language(turn: Turn, _question: str) -> None:
    """Read back what a message in another language gave, and offer an interpreter; the whole story only once."""
    read = turn.unconfirmed or {}
    person = Button(languages.title("interpreter"), f'/person{{"interpreter": "{turn.other_language}"}}')
    yes, no = Button(languages.title("yes"), "/affirm"), Button(languages.title("no"), "/deny")
    alone = Button(languages.title("without_interpreter"), "/deny")
    again = "_again" if "other_language" in turn.told else ""
    turn.told = list(dict.fromkeys([*turn.told, "other_language"]))
    languages.say(
        turn,
        f"say_ask_other_language{'' if read else '_unread'}{again}",
        lambda: {
            "language": languages.name(turn, turn.other_language),
            "things": speech.listing(turn, (speech.thing(turn, name, str(value)) for name, value in read.items())),
        },
        every=True,
        ask="other_language",
        buttons=[yes, no, person] if read else [person, alone],
    )


def _ask_choice(turn: Turn, _question: str) -> None:
    needs = [need for need in turn.open_needs() if need.id not in turn.plan.booked]
    buttons = [Button(turn.text("button.all"), f'/choose{{"needs": "{",".join(need.id for need in needs)}"}}')]
    last = [*events.button(turn, needs), turn.button("person", "/person")]
    buttons += [
        turn.button("only", f'/choose{{"needs": "{need.id}"}}', number=number)
        for number, need in enumerate(needs[: MOST_BUTTONS - 1 - len(last)], start=1)
    ]
    turn.say("say_ask_choice", ask="choice", buttons=[*buttons, *last])


def _ask_partner(turn: Turn, _question: str) -> None:
    need = turn.current_need()
    if need is None:
        return
    question = turn.text("say_ask_partner", need=turn.text(f"need.{need.id}"))
    options = partners.options(turn, need)
    buttons = [
        Button(title, f'/choose{{"partner": "{option.id}"}}')
        for title, option in zip(partners.titles(options), options, strict=True)
    ]
    turn.say_text(
        "\n".join([question, *partners.lines(turn, need)]),
        ask="partner",
        buttons=[
            *buttons,
            *events.button(turn, [need]),
            turn.button("person", "/person"),
            turn.button("not_now", "/deny"),
        ],
    )


def _ask_contact_channel(turn: Turn, question: str) -> None:
    """Ask how to be reached; where a partner calls at the time that was chosen, whether that is all right."""
    if calls := meeting.by_phone(turn):
        names = speech.listing(turn, partners.names(turn, calls))
        key = who.variant(turn, "say_ask_contact_channel_call")
        languages.say(turn, key, lambda: {"partner": names}, every=_missed_in_another(turn), ask=question)
    else:
        _ask_fact(turn, question)


def _ask_contact(turn: Turn, _question: str) -> None:
    if turn.event is not None:
        events.ask_contact(turn)
        return
    needs = turn.needs_to_send()
    channel = turn.situation.facts.get("contact_channel", "phone")
    # With violence at home nothing is sent until the resident says that nobody reads or listens along.
    card = {"kind": "contact", "channel": channel, "safe": "domestic_violence" not in turn.situation.signals}
    card["call"] = bool(meeting.by_phone(turn))  # then the form says that the number is needed
    if not needs or "call_back" in turn.told:
        turn.say("say_ask_contact_call_back", ask="contact", card={**card, "channel": "phone"})
    else:
        names = partners.names(turn, needs)
        key = "say_ask_contact_several" if len(names) > 1 else "say_ask_contact"
        key = f"{key}_by_voice" if meeting.by_phone(turn) else who.variant(turn, key)
        turn.say(key, ask="contact", card=card, partner=speech.listing(turn, names))


def _ask_change(turn: Turn, _question: str) -> None:
    known = [fact for fact in FACTS if fact in turn.situation.facts]
    signals = [name for name in turn.situation.signals if get_texts().has(f"signal.{name}", turn.language)]
    contact = ["contact"] if turn.plan.current and turn.contact_kinds else []
    buttons = switching.buttons(turn) + _agreed(turn)
    buttons += [Button(turn.text(f"label.{name}"), f'/correct{{"fact": "{name}"}}') for name in [*contact, *known]]
    if signals:
        buttons.insert(0, Button(turn.text("label.situation"), '/correct{"fact": "situation"}'))
    later = {"event": bool(turn.signed_up), "research": turn.research in {"yes", "no"}}
    buttons[:0] = [
        Button(turn.text(f"label.{name}"), f'/correct{{"fact": "{name}"}}') for name, known in later.items() if known
    ]
    turn.say("say_ask_change", ask="change", buttons=buttons[:MOST_BUTTONS])


def _agreed(turn: Turn) -> list[Button]:
    """Return a button for each partner and time that was agreed; of several needs it says which."""
    pending, buttons = turn.plan.pending, []
    for step in ("partner", "time"):
        for number, need in enumerate(pending, start=1):
            if getattr(turn.plan.of(need), step):
                label = turn.text(f"label.{step}")
                title = f"{number}. {label}" if len(pending) > 1 else label
                buttons.append(Button(title, consent.change(turn, step, need)))
    return buttons


def _ask_text(turn: Turn, question: str) -> None:
    turn.say(f"say_ask_{question}", ask=question)


def _ask_strengths(turn: Turn, question: str) -> None:
    needs = strengths.needs(turn)
    if needs:
        strengths.note_asked(turn)
        turn.say("say_ask_strengths", ask=question, partner=speech.listing(turn, partners.names(turn, needs)))


_ASK: dict[str, Callable[[Turn, str], None]] = {
    "situation": _ask_situation,
    "meaning": _ask_meaning,
    "other_language": _ask_other_language,
    "choice": _ask_choice,
    "partner": _ask_partner,
    "time": times.ask,
    "contact_channel": _ask_contact_channel,
    "contact": _ask_contact,
    "consent": consent.ask,
    "event": events.ask,
    "research": research.ask,
    "change": _ask_change,
    "start_over": _ask_text,
    strengths.QUESTION: _ask_strengths,
    call_time.QUESTION: call_time.ask,
}
