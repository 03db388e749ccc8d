"""The catalogue -> what people and editors read of the language: the reference page and the typed stubs."""
