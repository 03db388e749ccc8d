"""Turn raw messages of each wire format into rows, or into quarantine entries."""
