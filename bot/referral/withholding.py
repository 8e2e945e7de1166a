"""Keeping from partners the ways of contact on which somebody else may read or listen along."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.tables import Referral
from bot.store.vault import seal, unseal


def withhold(session: Session, conversation_id: str, kinds: Collection[str]) -> int:
    """Take these kinds of contact (``phone``, ``email``) out of a resident's referrals; return how many changed.

    What a partner has in its own system stays there. Raises ``VaultError`` when the secret key does not open them.
    """
    changed = 0
    query = select(Referral).where(Referral.conversation_id == conversation_id).order_by(Referral.id)
    for referral in session.scalars(query.with_for_update()):
        known = unseal(referral.contact_ciphertext) if referral.contact_ciphertext else {}
        kept = {kind: value for kind, value in known.items() if kind not in kinds}
        if kept != known:
            referral.contact_ciphertext = seal(kept) if kept else None
            changed += 1
    session.flush()
    return changed
