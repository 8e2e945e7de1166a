"""Calendars: what can be booked with a partner, where and when. One port, and a calendar behind it.

``port.py`` has the words and the port, ``availability.py`` what the opening hours allow. The house's own calendar is
``built_in.py``; ``caldav.py`` is a partner's calendar outside the house.
"""
