"""Clock, ids, source spans and the three error families; imports nothing of ours."""
