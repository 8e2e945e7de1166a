"""Measuring: simulated residents against the running system, and signal scores on labelled sentences."""
