"""Who helps with a need: the partners to choose from, the one chosen, the chain to a job, the right region."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from actions import speech
from actions.house import directory
from actions.turn import Turn
from bot import clock
from bot.directory.chain import CHAIN
from bot.directory.municipalities import region_of
from bot.directory.partners import DESK, Partner
from bot.intake.decisions import Need
from bot.referral.calendars.availability import walk_in_hours
from bot.texts import get_texts

#: How many of the next openings are told to who walks in.
OPENINGS_TOLD = 3


def options(turn: Turn, need: Need) -> list[Partner]:
    """Return the two partners to choose from: the first of each role, in the table's order; never empty."""
    by_role = [_in_role(turn, role) for role in need.roles]
    firsts = [found[0] for found in by_role if found]
    others = [partner for found in by_role for partner in found[1:]]
    known: dict[str, Partner] = {}
    for partner in [*firsts, *others]:
        known.setdefault(partner.id, partner)
    found = list(known.values())
    if turn.plan.switching == need.id:
        found = [partner for partner in found if partner.id != turn.plan.leaving] or found
    return found[:2]


def _in_role(turn: Turn, role: str) -> list[Partner]:
    """Return who takes a role here; who is as near as another takes turns with it, for none is preferred.

    The chain to a job is entered through the municipality's work matchers (Utrechtse Inclusiecoalitie, 2022).
    """
    chain = directory().chain(turn.region) if role == CHAIN else None
    place = turn.situation.facts.get("municipality")
    found = directory().partners(turn.region, role if chain is None else chain.entry_role, place)
    if role == DESK:
        return found  # the region's own desk, and then who else takes people in
    return sorted(found, key=lambda one: (one.nearness, crc32(f"{turn.conversation_id} {one.id}".encode())))


def chosen(turn: Turn, need: Need) -> Partner:
    """Return the partner chosen for a need, or else the first of its options."""
    possible = options(turn, need)
    wanted = turn.plan.of(need.id).partner
    return next((partner for partner in possible if partner.id == wanted), possible[0])


def part(turn: Turn, need: Need, partner: Partner) -> str:
    """Return what a partner does, as the end of a sentence: for this need where that differs, else in its role.

    Of two in the same role each is told by what the directory says of it: the same words help nobody to choose.
    """
    special = f"role_for.{need.id}.{partner.role}"
    if get_texts().has(special, turn.language):
        return turn.text(special)
    own = partner.descriptions.get(turn.language)
    if own and [other.role for other in options(turn, need)].count(partner.role) > 1:
        return speech.inside(own.strip().removesuffix("."))
    return turn.text(f"role.{partner.role}")


def titles(possible: Sequence[Partner]) -> list[str]:
    """Return the words on the button of each option: its name, and its number where an organisation stands twice."""
    names = [partner.name for partner in possible]
    return [f"{place}. {name}" if names.count(name) > 1 else name for place, name in enumerate(names, start=1)]


def equals(turn: Turn, need: Need) -> bool:
    """Return whether the table prefers nobody for a need: several have its first role, and none is nearer."""
    found = _in_role(turn, need.roles[0])
    return need.roles[0] != DESK and len(found) > 1 and found[0].nearness == found[1].nearness


def lines(turn: Turn, need: Need) -> list[str]:
    """Return a line for each partner to choose from: who it is, and what it does."""
    return [
        turn.text("say_partner_option", number=number, partner=option.name, role=part(turn, need, option))
        for number, option in enumerate(options(turn, need), start=1)
    ]


def names(turn: Turn, needs: Sequence[Need]) -> list[str]:
    """Return the names of those who help with these needs, each once."""
    return list(dict.fromkeys(chosen(turn, need).name for need in needs))


def leads_to_chain(turn: Turn, need: Need) -> bool:
    """Return whether the region's chain to a job is one of the ways for this need."""
    return CHAIN in need.roles and directory().chain(turn.region) is not None


def say_chain(turn: Turn, needs: Sequence[Need]) -> None:
    """Tell once of the region's chain to a job, through whom one gets in, and how long one waits as far as is known."""
    chain = directory().chain(turn.region)
    if chain is None or CHAIN in turn.told or not any(leads_to_chain(turn, need) for need in needs):
        return
    turn.told.append(CHAIN)
    entry = _in_role(turn, CHAIN)[0].name
    waiting = (
        turn.text("say_chain_waiting", time=chain.waiting_time)
        if chain.waiting_time
        else turn.text("say_chain_waiting_unknown")
    )
    turn.say("say_chain", chain=directory().partner(turn.region, chain.partner).name, partner=entry, waiting=waiting)


def website(turn: Turn, partner_id: str) -> str | None:
    """Return a partner's website, if it is known."""
    return directory().partner(turn.region, partner_id).website


def walk_in(turn: Turn, partner_id: str) -> list[str]:
    """Return the next times at which one can walk in; none where that is not known for certain."""
    partner = directory().partner(turn.region, partner_id)
    if partner.schedule is None or not partner.schedule.assured:
        return []
    return [speech.hours(turn, *times) for times in walk_in_hours(partner, clock.now())[:OPENINGS_TOLD]]


def outside_region(turn: Turn) -> str | None:
    """Return the id of the region to hand over to, when the resident lives outside this one."""
    place = turn.situation.facts.get("municipality")
    if place is None:
        return None
    region = region_of(place)
    return region if region != turn.region else None
