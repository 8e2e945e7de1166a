"""Conversations: their messages, what is masked in them, contact details, hand-off to staff, retention and erasure."""
