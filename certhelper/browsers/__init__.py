"""The person's own browser: which are there, what they would offer, and how one is opened."""
