"""The XRPC methods, one file each; a file's name is its method's NSID in snake case."""
