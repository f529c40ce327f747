"""The on-screen keyboard for secrets: in the main window's process and in a session's."""
