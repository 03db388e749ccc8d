"""The names that rule files import: typed, for editors; never executed by the platform."""
