"""Referrals: a seat in a partner's calendar, the referral itself and its states, the calendar file."""
