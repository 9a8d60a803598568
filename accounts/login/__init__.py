"""On the way in: what is counted, what has to be proved, and in which order."""
