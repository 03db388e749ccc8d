"""Find out who a DID or a handle is, through fetches that cannot be turned against our own network."""
