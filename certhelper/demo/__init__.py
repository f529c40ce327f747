"""An embedded bank with its own CA, for trying the program and for its tests.

It listens on loopback only, keeps its CA keys in memory, says 「デモ」 on every page and logs no
PIN.
"""
