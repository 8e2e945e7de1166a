"""Corrections: what staff say a sentence means, checked and put beside the training data."""
