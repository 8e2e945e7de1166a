"""What comes round by itself: holds that end, mail that goes out, reminders, what is overdue, follow-up, the purge."""
