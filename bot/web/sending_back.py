"""What has to be said when a referral is sent back, on the partner's page or by phone to the desk.

Who says «not ours» says whose it is, or says plainly that they do not know: else the desk has nothing to go on.
"""

from __future__ import annotations

from bot.directory.hsds_records import ROLES
from bot.referral.rules import referral_rules

#: The choice «I do not know» in the list of who would be better.
UNKNOWN = "unknown"
#: Whom nobody refers to; who is there day and night is called.
NEVER_PROPOSED = frozenset({"crisis_line", "safe_home"})
_NAMES_ANOTHER = "not_ours"


def reasons() -> list[str]:
    """Return the reasons to choose from; who was not reached is told in another way."""
    return [code for code in referral_rules().reasons if code != "not_reached"]


def better_roles(own: str) -> list[str]:
    """Return who may be named as better than ``own``, the role of who sends it back."""
    return sorted(ROLES - NEVER_PROPOSED - {own})


def missing(reason: str, role: str, own: str) -> str | None:
    """Return what cannot be used: «reason», «role» (it has to be chosen), «role_unknown»; ``None``: all is well."""
    if reason not in reasons():
        return "reason"
    if not role:
        return "role" if reason == _NAMES_ANOTHER else None
    return None if role == UNKNOWN or role in better_roles(own) else "role_unknown"


def named(role: str) -> str | None:
    """Return the role that was named as better, or ``None``."""
    return None if role in {"", UNKNOWN} else role
