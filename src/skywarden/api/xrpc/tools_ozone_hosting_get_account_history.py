"""tools.ozone.hosting.getAccountHistory: what happened to an account at its host, as the PDS says."""

from skywarden.api.proxied import from_pds

METHOD = from_pds("tools.ozone.hosting.getAccountHistory")
