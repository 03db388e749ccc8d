"""The names that rule files import: types and docs for editors in the stub beside it; no behaviour."""
