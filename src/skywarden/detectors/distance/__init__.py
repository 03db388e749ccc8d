"""How far apart two names or two image hashes are."""
