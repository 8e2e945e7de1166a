"""Doorwijzer: the intake assistant of a regional mobility team. The map of the house is docs/architecture.md."""
