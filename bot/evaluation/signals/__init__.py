"""Signals: how well the trained model recognises them in labelled sentences."""
