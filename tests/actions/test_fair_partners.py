"""Partners as equals, and the chain to a job through the municipality."""

from tests.actions.driver import Conversation


def offered(number: int, *signals: str, place: str, region: str) -> str:
    talk = Conversation(f"c{number}")
    talk.hear("start", language="nl", region=region)
    talk.hear("tell", *signals, municipality=place)
    if talk.asking == "route":
        talk.hear("answer", route="support_first")
    assert talk.asking in {"partner", "time"}
    return str(talk.said[-1]["buttons"]) + talk.words


def test_of_two_unions_each_is_offered_to_some(house):
    seen = [offered(number, "career_question", place="Zeist", region="midden-utrecht") for number in range(12)]
    assert any("FNV" in words for words in seen)
    assert any("CNV" in words for words in seen)
    assert offered(3, "career_question", place="Zeist", region="midden-utrecht") == seen[3]


def test_the_chain_is_entered_through_the_municipality_and_the_waiting_time_is_said(house):
    words = offered(1, "on_social_assistance", place="Utrecht", region="midden-utrecht")
    assert "Er is ook een route in stappen naar een baan: Utrechtse Inclusiecoalitie." in words
    assert "Hoe lang u wacht, is niet bekend." in words
    assert '"title": "Utrechtse Inclusiecoalitie"' not in words.replace("'", '"')


def test_without_a_chain_nothing_is_said_of_one(house):
    words = offered(1, "on_social_assistance", place="Breda", region="west-brabant")
    assert "route in stappen" not in words


def test_the_state_says_which_needs_can_go_through_the_chain(house):
    for region, place, expected in (("midden-utrecht", "Utrecht", True), ("west-brabant", "Breda", False)):
        talk = Conversation(region)
        talk.hear("start", language="nl", region=region)
        talk.hear("tell", "on_social_assistance", "debts", municipality=place)
        if talk.asking == "route":
            talk.hear("rather_not_say")
        assert {need["id"]: need["chain"] for need in talk.state["needs"]} == {
            "job_search": expected,
            "debt_help": False,
        }
