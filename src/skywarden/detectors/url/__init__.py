"""Links and hosts: what they are made of, who registered them, whether their words tell the truth."""
