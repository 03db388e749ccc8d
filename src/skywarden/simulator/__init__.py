"""A fake network with ground truth: PLC, PDS identities, relay; signed bytes, faults included."""
