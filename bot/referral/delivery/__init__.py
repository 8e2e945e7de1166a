"""Delivery: what stands in the outbox reaches the partner, by the way the partner has (``delivery.yml``)."""
