"""The one place that knows Qt WebEngine: it carries out the flow's steps and shows the session."""
