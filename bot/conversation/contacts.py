"""Contact details: checked when they come in, encrypted when they are kept, one set a conversation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType
from sqlalchemy.orm import Session

from bot.conversation.conversations import lock
from bot.conversation.masking import clean, mask
from bot.conversation.spans import get_words
from bot.store.tables import Contact
from bot.store.vault import seal, unseal

LONGEST_NAME = 100
LONGEST_PHONE = 40
LONGEST_EMAIL = 254  # RFC 5321
FIELDS = ("name", "phone", "email")

_NOT_FOR_CALLING_BACK = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PAGER)
_NAME = re.compile(r"[^\W\d_][^\d_@<>{}\[\]\\/|=*#]*")
_WORD = re.compile(r"[^\W\d_][\w'’.-]*")


@dataclass(frozen=True)
class ContactDetails:
    """How somebody can be reached. ``phone`` is E.164 (+31612345678); what is not known is ``None``."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which fields are known, in the order of ``FIELDS``."""
        return tuple(field for field in FIELDS if getattr(self, field) is not None)

    def to_dict(self) -> dict[str, str]:
        """Return the known fields."""
        return {field: value for field, value in asdict(self).items() if value is not None}

    def merged(self, newer: ContactDetails) -> ContactDetails:
        """Return these details with what is new or different in ``newer``."""
        return ContactDetails(**{**self.to_dict(), **newer.to_dict()})


class ContactError(ValueError):
    """The details cannot be used. ``fields`` maps a field to a code.

    Codes: ``missing`` and ``too_long`` and ``invalid`` after the field's name (``name_missing``, ``phone_invalid``, …),
    ``nothing_given`` (field ``contact``: neither phone nor e-mail) and ``unexpected`` for a field that does not exist.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{field}: {code}" for field, code in fields.items()))
        self.fields = dict(fields)


def check_contact(form: Mapping[str, object]) -> ContactDetails:
    """Check a form with ``name`` and at least one of ``phone`` and ``email``; return it in normal form.

    A phone number without a country is a Dutch one. Addresses are checked for their form only, never looked up.
    Raises ``ContactError`` with all that is wrong.
    """
    wrong = {clean(str(field))[:40]: "unexpected" for field in form if field not in FIELDS}
    given: dict[str, str] = {}
    for field in FIELDS:
        value = form.get(field)
        if value is not None and not isinstance(value, str):
            wrong[field] = f"{field}_invalid"
        elif value and (text := " ".join(clean(value).split())):
            given[field] = text
    checks = {"name": _check_name, "phone": _check_phone, "email": _check_email}
    for field, value in given.items():
        try:
            given[field] = checks[field](value)
        except ValueError as error:
            wrong[field] = str(error)
    if "name" not in given and "name" not in wrong:
        wrong["name"] = "name_missing"
    if not {"phone", "email"} & (given.keys() | wrong.keys()):
        wrong["contact"] = "nothing_given"
    if wrong:
        raise ContactError(wrong)
    return ContactDetails(**given)


def contact_from_text(text: str, language: str = "nl") -> ContactDetails | None:
    """Read name, phone and e-mail from an answer in words ("Jan de Vries 06 12345678"); ``None`` when there is none.

    Takes the first usable number and address. The name is what follows "ik heet" and the like, or else what is left of
    the answer when it can be a name.
    """
    masked = mask(text, language)
    known: dict[str, str] = {}
    for found in masked.found:
        if found.value and found.kind not in known:
            try:
                known[found.kind] = {"name": _check_name, "phone": _check_phone, "email": _check_email}[found.kind](
                    found.value
                )
            except ValueError:
                continue
    if "name" not in known:
        name = _name_in(masked.text)
        if name is not None:
            known["name"] = name
    return ContactDetails(**known) if known else None


def save_contact(session: Session, conversation_id: str, details: ContactDetails, now: datetime) -> ContactDetails:
    """Keep details in the vault, beside what is there already (newer ones replace older); return all that is kept.

    Raises ``ConversationNotFound``.
    """
    lock(session, conversation_id)
    row = session.get(Contact, conversation_id, populate_existing=True)
    merged = (ContactDetails() if row is None else _open(row)).merged(details)
    if row is None:
        row = Contact(conversation_id=conversation_id)
        session.add(row)
    row.ciphertext, row.updated_at = seal(dict(merged.to_dict())), now
    session.flush()
    return merged


def load_contact(session: Session, conversation_id: str) -> ContactDetails | None:
    """Return what the vault holds for this conversation. Raises ``VaultError`` when the key does not fit."""
    row = session.get(Contact, conversation_id)
    return None if row is None else _open(row)


def contact_kinds(session: Session, conversation_id: str) -> tuple[str, ...]:
    """Return which details are known, without saying them: ``("name", "phone")``."""
    details = load_contact(session, conversation_id)
    return () if details is None else details.kinds


def _open(row: Contact) -> ContactDetails:
    return ContactDetails(**{field: value for field, value in unseal(row.ciphertext).items() if field in FIELDS})


def _check_name(text: str) -> str:
    if len(text) > LONGEST_NAME:
        raise ValueError("name_too_long")
    if not _NAME.fullmatch(text):
        raise ValueError("name_invalid")
    return text


def _check_phone(text: str) -> str:
    if len(text) > LONGEST_PHONE:
        raise ValueError("phone_too_long")
    try:
        number = phonenumbers.parse(text, "NL")
    except NumberParseException:
        raise ValueError("phone_invalid") from None
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) in _NOT_FOR_CALLING_BACK:
        raise ValueError("phone_invalid")
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def _check_email(text: str) -> str:
    if len(text) > LONGEST_EMAIL:
        raise ValueError("email_too_long")
    try:
        # An address that mail servers need an extension for (SMTPUTF8) would be kept and never reached.
        return validate_email(text, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError:
        raise ValueError("email_invalid") from None


def _name_in(masked: str) -> str | None:
    """Return what is left of an answer when that can be a name: up to five words, none of them an ordinary one."""
    words = get_words()
    rest = re.sub(r"\[[^\[\]]*\]", "\n", masked)
    for part in re.split(r"[\n,;:()!?]+|\s[-–|/]\s", rest):
        parts = part.strip(" .-–").split()
        while parts and parts[-1].lower() in words["not_names"]:  # "Jan de Vries en [telefoonnummer]"
            parts.pop()
        ordinary = any(word.lower().strip(".") in words["not_names"] for word in parts)
        spelled = all(_WORD.fullmatch(word) or word == "'t" for word in parts)
        if 0 < len(parts) <= 5 and spelled and not ordinary and any(word[0].isupper() for word in parts):
            return " ".join(parts)[:LONGEST_NAME]
    return None
