"""What the fake remembers: the clock, the ids and the objects."""
