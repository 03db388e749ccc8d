"""Memory across events: windows and distinct counts; a pure function of the log."""
