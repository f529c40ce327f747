"""Windows' own libraries, called with full types: one module an area.

Every module can be imported on every system; a call works on Windows only.
"""
