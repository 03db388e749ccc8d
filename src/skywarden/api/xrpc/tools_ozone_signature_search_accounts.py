"""tools.ozone.signature.searchAccounts: accounts with given signatures, as the PDS says."""

from skywarden.api.proxied import from_pds

METHOD = from_pds("tools.ozone.signature.searchAccounts")
