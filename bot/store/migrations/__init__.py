"""The history of the tables, one file a step; ``bot.store.migrate`` runs them."""
