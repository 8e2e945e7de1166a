"""The way to a booking, for tests that begin where one stands. Told by the states, so it works in each language."""

from tests.actions.driver import Conversation


def to_consent(talk: Conversation, *signals: str, place: str = "Zeist") -> Conversation:
    """Bring one need to the question of consent: by phone, with the first partner and the first time."""
    talk.hear("tell", *signals, municipality=place, contact_channel="phone")
    answer_until_consent(talk)
    return talk


def answer_until_consent(talk: Conversation) -> None:
    """Take the first partner and the first time, and give a phone number."""
    for _ in range(10):
        if talk.asking in {"research", "strengths", "route", "offer", "call_time"}:
            talk.hear("rather_not_say")
        elif talk.asking == "partner":
            talk.hear("choose", ordinal="first")
        elif talk.asking == "time":
            talk.hear("choose", time=talk.slots["memory"]["shown"][0])
        elif talk.asking == "contact_channel":
            talk.hear("answer", contact_channel="phone")
        elif talk.asking == "contact":
            talk.hear("contact_given", kinds="phone")
    assert talk.asking == "consent", talk.asking
