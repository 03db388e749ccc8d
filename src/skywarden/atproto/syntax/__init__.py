"""Tell well-formed identifiers and texts of AT Protocol from others; one file for each kind."""
