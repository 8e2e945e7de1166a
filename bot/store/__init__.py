"""The database: tables, engine and migrations. Nothing here knows what the rows mean."""
