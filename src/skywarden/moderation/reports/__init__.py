"""Report tickets: their states, who works on them, what was done, and how that adds up."""
