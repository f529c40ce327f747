"""The log-on: what was seen on the bank's pages, what to do next, and the process that does it."""
