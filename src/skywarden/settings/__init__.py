"""Environment and TOML to each package's own frozen Config."""

from skywarden.settings.load import load_settings
from skywarden.settings.schema import Settings, describe_settings

__all__ = ["Settings", "describe_settings", "load_settings"]
