"""Custom actions: one module per step of the conversation. They read the turn, call ``bot.*``, and speak.

Every rule (``data/rules``) runs ``action_understand`` first, then a step, then ``action_next``.
"""
