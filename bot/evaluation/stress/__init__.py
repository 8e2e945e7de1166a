"""Stress: how much understanding is lost when people type fast, shout, abbreviate or mix two languages."""
