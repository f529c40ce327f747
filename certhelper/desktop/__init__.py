"""The window: Qt widgets that show and ask, and decide nothing."""
