"""The intake: a situation, the decision table, the next question, and needs with their reasons. Pure code, no I/O."""
