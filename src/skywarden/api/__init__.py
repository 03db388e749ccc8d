"""XRPC and HTTP surfaces over the stages' services."""
