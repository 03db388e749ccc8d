"""Rule text to Plan; pure: no I/O, no clock."""
