"""Pictures: what is taken for what, how often the surest guess is right, and what the confidences are worth."""
