"""Personas: residents with a story and facts, who chat with the running system through the chat API only."""
