"""One command a file; thin over the packages below."""
