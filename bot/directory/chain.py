"""The inclusion chain: a route in phases, with places, that somebody enters through the municipality.

It stands in a directory as a service with the role ``inclusion_chain``: its phases are attributes of the taxonomy
``doorwijzer-phase`` in the order in which they are walked (name in Dutch, value in English), those who take part are
``doorwijzer-member``; ``places`` and ``entry_role`` are settings, ``wait_time`` and ``application_process`` plain HSDS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.directory.hsds_records import MEMBER_TAXONOMY, PHASE_TAXONOMY, ROLES, Service

CHAIN = "inclusion_chain"
PHASES = ("inflow_assessment", "personal_development", "vocational_training", "placement")
"""The phases a chain can have, in the only order that leads to a job."""
_PLACES = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True)
class Phase:
    """One step of the route; ``names`` by language."""

    id: str
    names: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Member:
    """An organisation that takes part, and what it does as far as that is known."""

    name: str
    does: str


@dataclass(frozen=True)
class Chain:
    """A route to a job.

    ``places`` is what the source says, not what is free now. ``entry_role`` is the role of the partner through whom one
    gets in. ``waiting_time`` is None as long as nobody has said how long it is.
    """

    partner: str
    places: int
    phases: tuple[Phase, ...]
    entry_role: str
    entry: str | None = None
    waiting_time: str | None = None
    members: tuple[Member, ...] = ()


def is_chain(service: Service) -> bool:
    """Return whether a service says anything of a chain."""
    return bool(service.terms(PHASE_TAXONOMY) or service.setting("places") or service.setting("entry_role"))


def read_chain(service: Service) -> Chain | None:
    """Return the chain of a service, or ``None`` for a service that is no chain, or one with a fault."""
    if not is_chain(service) or any(chain_faults(service)):
        return None
    phases = service.terms(PHASE_TAXONOMY)
    return Chain(
        partner=service.setting("partner_id") or str(service.id),
        places=int(service.setting("places") or 0),
        phases=tuple(Phase(term.code or "", _names(term.name, english)) for term, english in phases),
        entry_role=service.setting("entry_role") or "",
        entry=service.application_process,
        waiting_time=service.wait_time,
        members=tuple(Member(term.name, term.description) for term, _ in service.terms(MEMBER_TAXONOMY)),
    )


def chain_faults(service: Service) -> Iterator[str]:
    """Yield what is wrong with the chain of a service, and how to mend it; nothing for a service that is none."""
    if not is_chain(service):
        return
    if CHAIN not in service.roles:
        yield f"describes a chain, but has not the role {CHAIN}; give it that role, or take the phases and places out"
    phases = [str(term.code) for term, _ in service.terms(PHASE_TAXONOMY)]
    for phase in phases:
        if phase not in PHASES:
            yield f"has the phase {phase!r}; phases are {', '.join(PHASES)}"
    known = [phase for phase in phases if phase in PHASES]
    if known != sorted(set(known), key=PHASES.index):
        yield f"has its phases doubled or in another order than {', '.join(PHASES)}; put them in this order, each once"
    if not phases:
        yield f"has places, but no phases; add attributes of the taxonomy {PHASE_TAXONOMY}"
    places = service.setting("places")
    if not _PLACES.fullmatch(places or ""):
        yield f"has {places!r} as places; set places to a whole number above 0"
    if service.setting("entry_role") not in ROLES:
        yield f"is entered through {service.setting('entry_role')!r}; set entry_role to a role, as municipality_income"
    if service.wait_time is None and service.alert is None:
        yield "says nothing of the waiting time; give wait_time, or say in alert that it is not known"


def _names(dutch: str, english: str | None) -> dict[str, str]:
    return {"nl": dutch, **({"en": english} if english else {})}
