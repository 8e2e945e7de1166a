"""Referrals with a past, put straight into the tables: many of them, quickly."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine, insert

from bot.store.tables import Appointment, Conversation, FollowUp, Referral, ReferralTransition

_numbers = count(1)


@dataclass
class Past:
    """One referral and what came of it. ``steps`` are (days later, state, what else the step says)."""

    at: datetime
    region: str = "midden-utrecht"
    situation: str | None = "debts"
    need: str = "debt_help"
    partner: str = "gemeente-zeist"
    steps: Sequence[tuple[float, str, Mapping[str, str]]] = ()
    appointment_after: int | None = None
    told: Sequence[tuple[int, str]] = ()
    first: str = "requested"
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def conversation(self) -> str:
        return f"conversation-{self.number}"


def store(engine: Engine, pasts: Iterable[Past]) -> None:
    """Write them with their conversations, steps, appointments and answers."""
    rows: dict[Any, list[dict[str, Any]]] = {
        table: [] for table in (Conversation, Referral, ReferralTransition, Appointment, FollowUp)
    }
    for past in pasts:
        _add(rows, past)
    with engine.begin() as connection:
        for table, values in rows.items():
            if values:
                connection.execute(insert(table), values)


def _add(rows: dict[Any, list[dict[str, Any]]], past: Past) -> None:
    rows[Conversation].append(
        {
            "id": past.conversation,
            "token_hash": "",
            "region": past.region,
            "language": "nl",
            "status": "open",
            "asking": None,
            "state": {},
            "created_at": past.at,
            "updated_at": past.at,
        }
    )
    rows[Referral].append(
        {
            "id": past.number,
            "reference": f"{past.number:08}"[-8:],
            "idempotency_key": str(past.number),
            "conversation_id": past.conversation,
            "need": past.need,
            "role": "uwv",
            "partner_id": past.partner,
            "partner_name": past.partner,
            "status": past.steps[-1][1] if past.steps else past.first,
            "payload": {"situation": {}, "language": "nl"},
            "contact_ciphertext": None,
            "region": past.region,
            "situation": past.situation,
            "created_at": past.at,
        }
    )
    before = None
    for days, state, more in ((0, past.first, {}), *past.steps):
        rows[ReferralTransition].append(
            {
                "referral_id": past.number,
                "from_status": before,
                "to_status": state,
                "actor": "partner",
                "reason": more.get("reason"),
                "outcome": more.get("outcome"),
                "at": past.at + timedelta(days=days),
            }
        )
        before = state
    if past.appointment_after is not None:
        start = past.at + timedelta(days=past.appointment_after)
        rows[Appointment].append(
            {
                "partner_id": past.partner,
                "start_at": start,
                "end_at": start + timedelta(hours=1),
                "seat": past.number,
                "mode": "phone",
                "state": "booked",
                "conversation_id": past.conversation,
                "referral_id": past.number,
                "idempotency_key": str(past.number),
                "booked_at": past.at,
                "created_at": past.at,
            }
        )
    for wave, (days, answer) in zip(("two_weeks", "three_months", "six_months"), past.told, strict=False):
        at = past.at + timedelta(days=days)
        rows[FollowUp].append(
            {
                "referral_id": past.number,
                "wave": wave,
                "asked_at": at,
                "answer": answer,
                "answered_at": at,
                "first_answer": answer,
                "first_answered_at": at,
            }
        )


def many(
    number: int, seed: int = 1, year: int = 2025, months: int = 12, regions: Sequence[str] = ("midden-utrecht",)
) -> list[Past]:
    """Draw referrals that look like those of a team: some needs and partners are frequent, most are rare."""
    chance = random.Random(seed)
    needs = ["debt_help", "work_to_work", "unemployment_benefit", "training", "language_course", "legal_advice"]
    situations = ["debts", "contract_ending", "no_benefit", "ukrainian_protection", None]
    begin = datetime(year, 1, 1, 11, tzinfo=UTC)
    made = []
    for _ in range(number):
        need = chance.choices(needs, (40, 30, 20, 10, 5, 1))[0]
        past = Past(
            at=begin + timedelta(days=chance.randrange(30 * months), minutes=chance.randrange(600)),
            region=chance.choice(list(regions)),
            situation=chance.choices(situations, (40, 30, 20, 5, 2))[0],
            need=need,
            partner=f"partner-{int(chance.paretovariate(0.7)) % 15}",
            steps=_story(chance),
            appointment_after=chance.choice((None, 2, 3, 7, 9)),
            told=((14, "waiting"), (92, chance.choice(("work", "training", "no_help"))))
            if chance.random() < 0.3
            else (),
        )
        made.append(past)
    return made


def _story(chance: random.Random) -> list[tuple[float, str, Mapping[str, str]]]:
    draw = chance.random()
    reasons = ("not_ours", "no_place", "outside_area", "more_needed")
    outcomes = ("work", "training", "benefit_arranged", "debts_taken_up", "stopped", "lost_sight_of")
    if draw < 0.1:
        return [(2, "rejected", {"reason": chance.choice(reasons)})]
    if draw < 0.15:
        return [(3, "failed", {})]
    if draw < 0.2:
        return [(1, "cancelled", {"reason": chance.choice(("switched", "no longer needed"))})]
    if draw < 0.25:
        return []
    accepted: list[tuple[float, str, Mapping[str, str]]] = [(chance.randrange(6), "accepted", {})]
    if draw < 0.4:
        return accepted
    return [*accepted, (40 + chance.randrange(60), "completed", {"outcome": chance.choice(outcomes)})]
