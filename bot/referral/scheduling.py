"""Times, bookings and changes with every partner, also with one that keeps its own calendar outside the house.

The order, and why. Another house's server is never asked inside a transaction: SQLite has one write lock for all, and a
slow calendar would stop every conversation. So:

1. the seat is held in our database, and committed: that decides between our residents;
2. it is taken in the calendar outside: that decides between us and everybody else who writes there;
3. it is booked in our database, in one transaction with the referral and what is to be sent.

When 2 fails the seat is given back; when 3 fails the event outside is taken away again. After a crash in between the
hold runs out by itself, and ``reconcile`` takes away the event: it has no live seat. ``reconcile`` also brings outside
what was cancelled or booked on other ways (a partner's page, erasing a conversation), so those need not know about it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.clock import ZONE
from bot.directory.partners import Directory, Partner
from bot.referral import booking
from bot.referral.appointments import SeatTaken, Slot, booked_for, hold, release
from bot.referral.booking import Booking, BookingRequest, booking_key
from bot.referral.calendars.availability import chosen
from bot.referral.calendars.caldav import CalDav
from bot.referral.calendars.caldav_client import CalDavClient
from bot.referral.calendars.port import CalendarUnavailable, Placed, Visit
from bot.referral.free_times import offer_times
from bot.referral.reference import new_reference
from bot.referral.rescheduling import cancel_appointment, hold_change, reschedule
from bot.settings import Settings
from bot.store.engine import transaction
from bot.store.tables import Appointment, Referral

__all__ = ["CalendarUnavailable", "SeatTaken", "Slot", "book", "call_off", "free_times", "move", "reconcile"]

_LOG = logging.getLogger(__name__)
_LIVE = Appointment.state.in_(("held", "booked"))


def free_times(
    engine: Engine,
    partner: Partner,
    settings: Settings,
    now: datetime,
    *,
    count: int = 5,
    part: str = "any",
    after: datetime | None = None,
    conversation_id: str | None = None,
    interpreter: bool = False,
    step_free: bool = False,
    mode: str | None = None,
) -> list[Slot]:
    """Return times as ``offer_times`` does, those that are free in the partner's own calendar too.

    When that does not answer there is nothing to offer: nobody knows what is free.
    """
    among = None
    with _outside(partner, settings) as calendar:
        what = chosen(partner, interpreter=interpreter, step_free=step_free, mode=mode)
        if calendar is not None and what is not None:
            try:
                among = [slot.start for slot in calendar.free(*what, now)]
            except CalendarUnavailable as error:
                _LOG.warning("no times of %s: %s", partner.id, error)
                return []
    with transaction(engine) as session:
        return offer_times(
            session,
            partner,
            now,
            count=count,
            part=part,
            after=after,
            conversation_id=conversation_id,
            interpreter=interpreter,
            step_free=step_free,
            mode=mode,
            among=among,
        )


def book(engine: Engine, request: BookingRequest, settings: Settings, now: datetime) -> Booking:
    """Book as ``booking.book`` does, in the partner's own calendar too. The conversation has to exist.

    Raises what that raises, and ``CalendarUnavailable``; then nothing is booked anywhere.
    """
    with _outside(request.partner, settings) as calendar:
        slot, reference = request.slot, request.reference or new_reference()
        if calendar is None or slot is None:
            with transaction(engine) as session:
                return booking.book(session, request, now)
        request = replace(request, reference=reference)
        key = booking_key(request.conversation_id, request.need, request.partner.id)
        with transaction(engine) as session:
            held = hold(session, request.partner, slot, request.conversation_id, key, now)
            if held.state == "booked":
                return booking.book(session, request, now)
        visit = Visit(key, request.conversation_id, reference)
        with _taken(engine, calendar, slot, visit, now) as placed, transaction(engine) as session:
            done = booking.book(session, request, now)
            _note(done.appointment, visit, placed)
        return done


def move(  # noqa: PLR0917 - whose, with whom, where to
    engine: Engine, referral_id: int, partner: Partner, slot: Slot, settings: Settings, now: datetime
) -> Appointment:
    """Change a referral's appointment as ``reschedule`` does, in the partner's own calendar too.

    Raises what that raises, ``LookupError`` for a referral that is gone, and ``CalendarUnavailable``: the former
    appointment then stands everywhere.
    """
    with _outside(partner, settings) as calendar:
        if calendar is None:
            with transaction(engine) as session:
                return reschedule(session, _referral(session, referral_id), partner, slot, now)
        with transaction(engine) as session:
            referral = _referral(session, referral_id)
            former = booked_for(session, referral_id)
            held = hold_change(session, referral, partner, slot, now)
            if held.state == "booked":
                return held
            visit = Visit(held.idempotency_key, held.conversation_id, referral.reference, referral_id)
        with _taken(engine, calendar, slot, visit, now) as placed, transaction(engine) as session:
            new = reschedule(session, _referral(session, referral_id), partner, slot, now)
            _note(new, visit, placed)
        _take_away(calendar, former, now)
        return new


def call_off(engine: Engine, referral_id: int, partner: Partner, settings: Settings, now: datetime) -> bool:
    """Cancel a referral's appointment as ``cancel_appointment`` does, in the partner's own calendar too.

    A calendar that does not answer changes nothing about it: ``reconcile`` takes the event away later.
    """
    with transaction(engine) as session:
        former = booked_for(session, referral_id)
        done = cancel_appointment(session, _referral(session, referral_id), now)
    with _outside(partner, settings) as calendar:
        if done and calendar is not None:
            _take_away(calendar, former, now)
    return done


def reconcile(engine: Engine, settings: Settings, directory: Directory, now: datetime) -> int:
    """Make partners' own calendars agree with what is booked, a job that comes round; return how much was changed.

    The calendar is read before our rows: an event that was written since then had a live seat already.
    """
    changed = 0
    for partner in {one.id: one for region in directory.regions for one in directory.all_partners(region.id)}.values():
        try:
            with _outside(partner, settings) as calendar:
                if calendar is not None:
                    changed += _agree(engine, calendar, partner, now)
        except CalendarUnavailable as error:
            _LOG.warning("the calendar of %s is not compared: %s", partner.id, error)
    return changed


def _agree(engine: Engine, calendar: CalDav, partner: Partner, now: datetime) -> int:
    own = calendar.own_events(now)
    with transaction(engine) as session:
        rows = session.execute(
            select(Appointment, Referral.reference)
            .outerjoin(Referral, Referral.id == Appointment.referral_id)
            .where(Appointment.partner_id == partner.id, _LIVE)
        ).all()
    live = {row.idempotency_key for row, _ in rows}
    there = {key for _, key in own}
    changed = sum(calendar.cancel(name, now) for name, key in own if key not in live)
    for row, reference in rows:
        if row.state == "booked" and row.start_at > now and row.idempotency_key not in there:
            visit = Visit(row.idempotency_key, row.conversation_id, reference, row.referral_id)
            slot = Slot(row.start_at.astimezone(ZONE), row.end_at.astimezone(ZONE), row.mode, row.location)
            try:
                placed = calendar.create(slot, visit, now)
            except SeatTaken:
                _LOG.warning("%s is booked with %s, whose calendar is full then: look at it", reference, partner.id)
                continue
            with transaction(engine) as session:
                _note(session.get(Appointment, row.id), visit, placed)
            changed += 1
    return changed


@contextmanager
def _outside(partner: Partner, settings: Settings) -> Iterator[CalDav | None]:
    if partner.calendar_url is None:
        yield None
        return
    account = settings.caldav_accounts.get(partner.id)
    user, _, password = account.get_secret_value().partition(":") if account else ("", "", "")
    with CalDavClient(partner.calendar_url, user, password) as client:
        yield CalDav(partner, client, settings.secret("calendar").hex()[:16])


@contextmanager
def _taken(engine: Engine, calendar: CalDav, slot: Slot, visit: Visit, now: datetime) -> Iterator[Placed]:
    """Take the seat outside; when that fails, or what follows, nothing of it stays anywhere."""
    try:
        placed = calendar.create(slot, visit, now)
        try:
            yield placed
        except BaseException:
            with suppress(CalendarUnavailable):
                calendar.cancel(placed.id, now)
            raise
    except BaseException:
        with transaction(engine) as session:
            release(session, visit.key)
        raise


def _note(appointment: Appointment | None, visit: Visit, placed: Placed) -> None:
    if appointment is None or appointment.idempotency_key != visit.key:
        raise SeatTaken("another change came in between")
    appointment.external_id = placed.id


def _take_away(calendar: CalDav, former: Appointment | None, now: datetime) -> None:
    if former is not None and former.external_id is not None:
        try:
            calendar.cancel(former.external_id, now)
        except CalendarUnavailable as error:
            _LOG.warning("an event stays in the calendar of %s for now: %s", former.partner_id, error)


def _referral(session: Session, referral_id: int) -> Referral:
    found = session.get(Referral, referral_id)
    if found is None:
        raise LookupError(f"there is no referral {referral_id}")
    return found
