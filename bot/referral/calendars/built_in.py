"""The house's own calendar: the seats of ``bot.referral.appointments``, behind the port."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import ZONE
from bot.directory.partners import Partner
from bot.referral.appointments import book_hold, cancel, hold, replace_by
from bot.referral.calendars import availability
from bot.referral.calendars.port import Calendar, Location, Placed, Product, Slot, Visit
from bot.referral.free_times import free_slots
from bot.store.tables import Appointment

_LONGEST_NUMBER = 9


class BuiltIn(Calendar):
    """A partner's seats in the database, in the transaction of who asks: nothing here commits."""

    def __init__(self, session: Session, partner: Partner) -> None:
        self._session = session
        self._partner = partner

    def products(self) -> list[Product]:
        """See ``Calendar``."""
        return availability.products(self._partner)

    def locations(self, product: Product) -> list[Location]:
        """See ``Calendar``."""
        return availability.locations(self._partner)

    def dates(self, product: Product, location: Location, now: datetime) -> list[date]:
        """See ``Calendar``."""
        free = free_slots(self._session, self._partner, product, location, now)
        return list(dict.fromkeys(slot.start.astimezone(ZONE).date() for slot in free))

    def times(self, product: Product, location: Location, day: date, now: datetime) -> list[Slot]:
        """See ``Calendar``."""
        free = free_slots(self._session, self._partner, product, location, now)
        return [slot for slot in free if slot.start.astimezone(ZONE).date() == day]

    def create(self, slot: Slot, visit: Visit, now: datetime) -> Placed:
        """See ``Calendar``. Raises ``ValueError`` for a visit without a referral."""
        return self._book(slot, visit, now, None)

    def change(self, placed_id: str, slot: Slot, visit: Visit, now: datetime) -> Placed:
        """See ``Calendar``. Raises ``ValueError`` for a visit without a referral."""
        former = self._find(placed_id)
        if former is None or former.state != "booked":
            former = self._changed_already(visit)
        if former is None:
            raise LookupError(f"there is no appointment {placed_id}")
        if former.start_at == slot.start.astimezone(UTC) and former.mode == slot.mode:
            return _placed(former)
        return self._book(slot, visit, now, former)

    def cancel(self, placed_id: str, now: datetime) -> bool:
        """See ``Calendar``."""
        appointment = self._find(placed_id)
        return appointment is not None and cancel(self._session, appointment)

    def _book(self, slot: Slot, visit: Visit, now: datetime, former: Appointment | None) -> Placed:
        if visit.referral_id is None:
            raise ValueError("a seat is booked for a referral")
        with self._session.begin_nested():  # both or neither
            place = (self._session, self._partner, slot, visit.conversation_id, visit.key, now)
            new = book_hold(self._session, hold(*place, instead_of=former), visit.referral_id, now)
            if former is not None:
                replace_by(self._session, former, new)
        return _placed(new)

    def _find(self, placed_id: str) -> Appointment | None:
        is_number = placed_id.isdecimal() and len(placed_id) <= _LONGEST_NUMBER
        found = self._session.get(Appointment, int(placed_id)) if is_number else None
        return found if found is not None and found.partner_id == self._partner.id else None

    def _changed_already(self, visit: Visit) -> Appointment | None:
        booked = (Appointment.idempotency_key == visit.key, Appointment.state == "booked")
        return self._session.scalar(select(Appointment).where(*booked))


def _placed(appointment: Appointment) -> Placed:
    start, end = appointment.start_at.astimezone(ZONE), appointment.end_at.astimezone(ZONE)
    return Placed(str(appointment.id), Slot(start, end, appointment.mode, appointment.location), appointment.seat)
