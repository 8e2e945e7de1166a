"""VNG Klantinteracties: the requests fit the published schema, nothing is made twice, nothing is too long."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import Engine

from bot.referral import progress
from bot.referral.delivery.config import KlantinteractiesEntry
from bot.referral.delivery.errors import SendError
from bot.referral.delivery.klantinteracties import (
    KlantinteractiesAdapter,
    actor_of,
    contact_of,
    cut,
    event_number,
    task_of,
)
from bot.referral.delivery.parcel import KINDS, Parcel
from bot.store.engine import transaction
from bot.store.tables import Referral
from tests.referral.delivery.conftest import Booked, Round, WriteDelivery
from tests.referral.delivery.open_klant import TOKEN, OpenKlant
from tests.referral.delivery.receivers import HttpReceiver

FOLDER = os.environ.get("DOORWIJZER_STANDARDS", "")
needs_schema = pytest.mark.skipif(
    not FOLDER,
    reason="Klantinteracties NOT checked: set DOORWIJZER_STANDARDS to the folder that holds klantinteracties/",
)
UUID = "11111111-2222-4333-8444-555555555555"


def parcel_of(now: datetime, **changes: Any) -> Parcel:
    document = {
        "reference": "RCDF3467",
        "status": "requested",
        "need": "debt_help",
        "situation": {"municipality": "Zeist"},
        "summary": "Er zijn schulden.",
        "language": "nl",
        "interpreter": True,
        "appointment": {
            "start": "2026-11-26T10:00:00+01:00",
            "end": "2026-11-26T11:00:00+01:00",
            "mode": "in_person",
            "location": "Slotlaan 1, Zeist",
        },
        "contact": {"name": "Jan de Vries", "phone": "+31612345678", "email": "jan@example.org"},
        "partner": {"id": "uwv-utrecht", "name": "UWV Utrecht", "role": "uwv"},
        "consent": {"version": "1", "at": "2026-11-25T10:00:00+01:00", "partners": ["uwv-utrecht"]},
        "because": ["u hebt schulden"],
        "created_at": "2026-11-25T10:00:00+01:00",
    }
    form: dict[str, Any] = {
        "key": "RCDF3467:partner:requested",
        "kind": "requested",
        "reference": "RCDF3467",
        "number": 1,
        "occurrence": 1,
        "partner_id": "uwv-utrecht",
        "partner_name": "UWV Utrecht",
        "document": document,
        "need": "Hulp bij schulden",
        "link": "https://doorwijzer.example/p/abc",
        "now": now,
    }
    return Parcel(**(form | changes))


def withdrawn(now: datetime) -> Parcel:
    return parcel_of(now, kind="withdrawn", document={"reference": "RCDF3467"}, need="", link=None)


@pytest.fixture
def server(web: HttpReceiver, monkeypatch: pytest.MonkeyPatch) -> OpenKlant:
    monkeypatch.setenv("DOORWIJZER_TOKEN_TEST", TOKEN)
    server = OpenKlant()
    server.listen(web)
    return server


def adapter(web: HttpReceiver, **changes: Any) -> KlantinteractiesAdapter:
    url = f"{web.url}/klantinteracties/api/v1/"
    form = {"adapter": "klantinteracties", "url": url, "token_env": "DOORWIJZER_TOKEN_TEST"}
    return KlantinteractiesAdapter(KlantinteractiesEntry.model_validate(form | changes))


# --- what is made ----------------------------------------------------------------------------------------------------


def test_a_contact_then_a_task_for_the_partner(web: HttpReceiver, server: OpenKlant, now: datetime) -> None:
    done = adapter(web).send(parcel_of(now))
    assert [kind for kind, _ in server.bodies] == ["actoren", "maak-klantcontact", "internetaken"]
    (actor,), (contact,), (task,) = (
        server.things["actoren"],
        server.things["klantcontacten"],
        server.things["internetaken"],
    )
    assert done == {"actor": actor["uuid"], "klantcontact": contact["uuid"], "internetaak": task["uuid"]}
    assert (actor["naam"], actor["soortActor"]) == ("UWV Utrecht", "organisatorische_eenheid")
    assert task["toegewezenAanActoren"] == [{"uuid": actor["uuid"]}]
    assert task["aanleidinggevendKlantcontact"] == {"uuid": contact["uuid"]}
    assert contact["nummer"] == task["nummer"] == "RCDF3467"
    assert contact["inhoud"] == "Er zijn schulden. u hebt schulden"
    assert task["toelichting"].splitlines() == [
        "Verwijzing: https://doorwijzer.example/p/abc",
        "Telefoon: +31612345678",
        "E-mail: jan@example.org",
        "Afspraak: 26-11-2026 10:00, op locatie, Slotlaan 1, Zeist",
        "Er is een tolk nodig.",
    ]


def test_the_actor_is_found_again_or_named(web: HttpReceiver, server: OpenKlant, now: datetime) -> None:
    first = adapter(web).send(parcel_of(now))
    other = adapter(web).send(parcel_of(now, reference="RCDF3476"))
    named = adapter(web, actor=UUID).send(parcel_of(now, reference="RCDF3479"))
    assert other["actor"] == first["actor"]
    assert named["actor"] == UUID
    assert len(server.things["actoren"]) == 1
    assert len(server.things["internetaken"]) == 3


def test_every_event_has_a_number_of_its_own(now: datetime) -> None:
    parcels = [parcel_of(now, kind="rescheduled", occurrence=number) for number in range(1, 360)]
    parcels += [parcel_of(now, kind=kind, occurrence=number) for kind in KINDS[::2] for number in range(1, 140)]
    parcels += [replace(withdrawn(now), occurrence=number) for number in range(1, 140)]
    numbers = [event_number(parcel) for parcel in parcels]
    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith("RCDF3467") and len(number) <= 10 for number in numbers)
    assert len(event_number(parcel_of(now, kind="rescheduled", occurrence=10**9))) == 10


def test_who_is_asked_again_gets_a_task_again(web: HttpReceiver, server: OpenKlant, now: datetime) -> None:
    first, again, third = (adapter(web).send(parcel_of(now, occurrence=number)) for number in (1, 2, 3))
    assert len({done["internetaak"] for done in (first, again, third)}) == 3
    assert len({done["klantcontact"] for done in (first, again, third)}) == 3
    assert [task["nummer"] for task in server.things["internetaken"]] == ["RCDF3467", "RCDF3467R2", "RCDF3467R3"]
    assert adapter(web).send(parcel_of(now, occurrence=2)) == again, "sent anew after a crash it is the same task"
    assert len(server.things["internetaken"]) == 3


def test_asking_again_reaches_the_partner(
    web: HttpReceiver,
    server: OpenKlant,
    booked: Booked,
    deliver: Round,
    write_delivery: WriteDelivery,
    database: Engine,
    now: datetime,
) -> None:
    url = f"{web.url}/klantinteracties/api/v1/"
    write_delivery(uwv_utrecht={"adapter": "klantinteracties", "url": url, "token_env": "DOORWIJZER_TOKEN_TEST"})
    referral = booked()
    deliver(now)
    with transaction(database) as session:
        progress.not_reached(session, session.get_one(Referral, referral.id), "partner:uwv-utrecht", now)
        progress.request_again(session, session.get_one(Referral, referral.id), "desk:anna", now)
    deliver(now)
    assert [task["nummer"] for task in server.things["internetaken"]] == [
        referral.reference,
        f"{referral.reference}R2",
    ]


def test_a_withdrawal_says_nothing_but_the_reference(web: HttpReceiver, server: OpenKlant, now: datetime) -> None:
    adapter(web, actor=UUID).send(withdrawn(now))
    assert [sorted(body) for _, body in server.bodies] == [
        ["klantcontact", "onderwerpobject"],
        ["aanleidinggevendKlantcontact", "gevraagdeHandeling", "nummer", "status", "toegewezenAanActoren"],
    ]
    assert "inhoud" not in server.bodies[0][1]["klantcontact"]


# --- again and again -------------------------------------------------------------------------------------------------


class Died(BaseException):
    pass


@pytest.mark.parametrize("filters", [True, False])
@pytest.mark.parametrize("noted", [True, False])
@pytest.mark.parametrize("after", ["actoren", "maak-klantcontact", "internetaken"])
def test_dead_after_any_call_nothing_is_made_twice(
    after: str,
    noted: bool,
    filters: bool,
    web: HttpReceiver,
    server: OpenKlant,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.filters = filters
    adapter(web).send(parcel_of(now, reference="NNNN3467"))  # somebody else's, which must not be taken for ours
    before = {kind: len(things) for kind, things in server.things.items()}
    kept: dict[str, Any] = {}
    mine = adapter(web)
    post = mine._post

    def post_and_die(path: str, body: Mapping[str, Any], moment: datetime) -> dict[str, Any]:
        answer = post(path, body, moment)
        if path == after:
            raise Died
        return answer

    monkeypatch.setattr(mine, "_post", post_and_die)
    parcel = parcel_of(now, partner_id="roc").with_note(kept.update if noted else lambda _: None)
    with pytest.raises(Died):
        mine.send(parcel)
    done = adapter(web).send(replace(parcel, progress=dict(kept)))
    added = {kind: len(things) - before[kind] for kind, things in server.things.items()}
    assert added == {"actoren": 1, "klantcontacten": 1, "internetaken": 1}
    assert adapter(web).send(replace(parcel, progress=done)) == done


@pytest.mark.parametrize(
    "answer",
    [b"", b"no json", b"[]", b"{}", b'{"results": 1}', b'{"results": [1]}', b'{"results": []}', b"[" * 100_000],
)
def test_an_answer_that_makes_no_sense_is_a_failure(
    answer: bytes, web: HttpReceiver, server: OpenKlant, now: datetime
) -> None:
    web.handle = lambda _: (200, {}, answer)
    with pytest.raises(SendError):
        adapter(web).send(parcel_of(now))


def test_an_answer_without_end_is_not_read(web: HttpReceiver, server: OpenKlant, now: datetime) -> None:
    web.handle = lambda _: (200, {}, b" " * 1_500_000)
    with pytest.raises(SendError, match="too long"):
        adapter(web).send(parcel_of(now))


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 409, 500, 503])
def test_any_other_answer_is_a_failure_and_no_redirect_is_followed(
    status: int, web: HttpReceiver, server: OpenKlant, now: datetime
) -> None:
    web.handle = lambda _: (status, {"Location": f"{web.url}/elsewhere"}, b"{}")
    with pytest.raises(SendError, match=str(status)):
        adapter(web).send(parcel_of(now))
    assert len(web.requests) == 1


# --- lengths ---------------------------------------------------------------------------------------------------------


@given(text=st.text(max_size=300), longest=st.integers(1, 200))
def test_what_is_cut_is_never_too_long(text: str, longest: int) -> None:
    short = cut(text, longest)
    assert len(short) <= longest
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


def test_it_is_cut_at_a_word() -> None:
    assert cut("een twee drie vier", 14) == "een twee…"
    assert cut("x" * 50, 10) == "xxxxxxxxx…"
    assert cut("een", 3) == "een"


# --- the published schema --------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _spec() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((Path(FOLDER) / "klantinteracties" / "openapi.yaml").read_text("utf-8"))
    return found


def request_schema(name: str) -> dict[str, Any]:
    """Return a component as JSON Schema of a request: references resolved, without what only the server writes.

    No other property is allowed, so that one we invent does not pass.
    """
    return _resolved({"$ref": f"#/components/schemas/{name}"})


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return _resolved(_spec()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    merged = {key: value for key, value in schema.items() if key not in ("allOf", "properties", "items", "nullable")}
    properties = dict(schema.get("properties", {}))
    resolved = {name: _resolved(form) for name, form in properties.items() if not form.get("readOnly")}
    for part in map(_resolved, schema.get("allOf", ())):
        resolved.update(part.pop("properties", {}))
        merged["required"] = [*merged.get("required", ()), *part.pop("required", ())]
        merged.update({key: value for key, value in part.items() if key != "additionalProperties"})
    if resolved:
        merged["properties"], merged["additionalProperties"] = resolved, False
    if "required" in merged:
        merged["required"] = [field for field in merged["required"] if field in resolved]
    if "items" in schema:
        merged["items"] = _resolved(schema["items"])
    if schema.get("nullable"):
        return {"anyOf": [merged, {"type": "null"}]}
    return merged


def faults(name: str, body: object) -> list[str]:
    validator = Draft202012Validator(request_schema(name), format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]


@needs_schema
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", ["as usual", "huge", "least"])
def test_every_request_fits_the_schema(kind: str, size: str, now: datetime) -> None:
    parcel = withdrawn(now) if kind == "withdrawn" else parcel_of(now, kind=kind)
    document = dict(parcel.document)
    if size == "huge" and kind != "withdrawn":
        long = "woord " * 5_000
        document |= {"summary": long, "because": [long] * 9, "language": "x" * 500}
        document["contact"] = {"name": "É" * 5_000, "phone": "1" * 5_000, "email": "a" * 5_000}
        document["appointment"] = {**document["appointment"], "location": long, "mode": "x" * 5_000}
        parcel = replace(
            parcel, need=long, partner_name=long, partner_id="x" * 5_000, link="https://e.org/" + "x" * 5_000
        )
    elif size == "least" and kind != "withdrawn":
        document |= {"contact": None, "appointment": None, "summary": "", "because": [], "interpreter": False}
        parcel = replace(parcel, need="", link=None)
    parcel = replace(parcel, document=document)
    number = event_number(parcel)
    assert faults("MaakKlantcontact", contact_of(parcel, number)) == []
    assert faults("InterneTaak", task_of(parcel, number, UUID, UUID)) == []
    assert faults("organisatorische_eenheid_ActorSerializer", actor_of(parcel)) == []


@needs_schema
def test_the_schema_can_fail(now: datetime) -> None:
    parcel = parcel_of(now)
    body = contact_of(parcel, "N" * 11)
    body["klantcontact"]["bsn"] = "111222333"
    del body["klantcontact"]["kanaal"]
    assert len(faults("MaakKlantcontact", body)) == 3
    task = task_of(parcel, "RCDF3467", "no uuid", UUID) | {"status": "klaar", "gevraagdeHandeling": "x" * 201}
    assert len(faults("InterneTaak", task)) == 3
    assert len(faults("organisatorische_eenheid_ActorSerializer", actor_of(parcel) | {"soortActor": "partner"})) == 1


@needs_schema
def test_the_paths_and_questions_exist() -> None:
    paths = _spec()["paths"]
    asked = {
        "/klantcontacten": {"nummer"},
        "/internetaken": {"nummer"},
        "/actoren": {"actoridentificatorObjectId", "actoridentificatorCodeRegister", "soortActor"},
    }
    for path, names in asked.items():
        assert names <= {parameter["name"] for parameter in paths[path]["get"]["parameters"]}
    assert all("post" in paths[path] for path in ("/actoren", "/maak-klantcontact", "/internetaken"))
