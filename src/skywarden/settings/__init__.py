"""Environment and TOML to each package's own frozen Config."""
