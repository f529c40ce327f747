"""Certificates brought into this PC's store and taken out of it: looked at first, then done.

Command line and window call the same functions; nothing here asks or shows.
"""
