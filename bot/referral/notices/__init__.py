"""Notices to residents: confirmation, change, cancellation, reminder, and the question afterwards."""
