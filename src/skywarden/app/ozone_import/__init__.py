"""The database of a reference Ozone service to ours: everything that it holds, resumable, counted at the end."""

from skywarden.app.ozone_import.run import Count, Progress, import_ozone
from skywarden.app.ozone_import.source import open_ozone

__all__ = ["Count", "Progress", "import_ozone", "open_ozone"]
