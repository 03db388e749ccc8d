"""Who acts on the same things into groups: pairs, centrality, communities, lockstep. Pure; the same input, the same."""
