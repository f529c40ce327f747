"""What every process with a Qt event loop needs, whichever windows it shows."""
