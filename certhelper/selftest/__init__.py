"""Proves on one PC that the whole program works there: a temporary certificate, one log-on."""
