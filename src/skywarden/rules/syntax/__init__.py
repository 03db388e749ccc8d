"""Rule text -> our own frozen syntax tree; Python's `ast` is not seen outside this package."""
