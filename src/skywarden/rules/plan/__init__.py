"""The plan: what the engine runs. A graph of columnar operators per scope, and what each rule takes from it."""
