"""Our understanding beside Rasa's default, trained and tested on the same public data in one run."""
