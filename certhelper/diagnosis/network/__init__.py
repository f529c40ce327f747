"""The parts of the check of the network: each finds out one thing and says what it met."""
