"""Where certificates live: one module a kind, one small protocol."""
