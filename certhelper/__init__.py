"""certhelper: log on to a corporate internet bank with exactly the client certificate you chose."""

__version__ = "0.1.0"
