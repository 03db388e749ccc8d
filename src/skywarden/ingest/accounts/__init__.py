"""What is known of each account: kept from the stream, completed in the background, stamped on every event."""
