"""The web: the chat's API, the pages residents see, and the desk. Nothing imports this room but the command line."""
