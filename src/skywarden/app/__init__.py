"""One file a process role: builds the parts and joins them."""
