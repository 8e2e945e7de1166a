"""All tables. Times are stored in UTC; personal contact details only as ciphertext (``bot.store.vault``)."""

from __future__ import annotations

from bot.store.tables.base import Base, UtcDateTime
from bot.store.tables.conversation import (
    AssistantEvent,
    AssistantTurn,
    Contact,
    Conversation,
    Handoff,
    Message,
    ResearchConsent,
    ResumeCode,
    Turn,
    UnsafeChannel,
)
from bot.store.tables.house import Audit, Job, Staff
from bot.store.tables.referral import (
    Appointment,
    EventSignUp,
    FollowUp,
    FollowUpStop,
    ImpactRecord,
    Link,
    Outbox,
    Referral,
    ReferralTransition,
    TimeProposal,
)

__all__ = [
    "Appointment",
    "AssistantEvent",
    "AssistantTurn",
    "Audit",
    "Base",
    "Contact",
    "Conversation",
    "EventSignUp",
    "FollowUp",
    "FollowUpStop",
    "Handoff",
    "ImpactRecord",
    "Job",
    "Link",
    "Message",
    "Outbox",
    "Referral",
    "ReferralTransition",
    "ResearchConsent",
    "ResumeCode",
    "Staff",
    "TimeProposal",
    "Turn",
    "UnsafeChannel",
    "UtcDateTime",
]
