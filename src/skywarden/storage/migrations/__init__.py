"""Steps that bring the SQL tables from one form to the next; run by `storage.migrate`."""
