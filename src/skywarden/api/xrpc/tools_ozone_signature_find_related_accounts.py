"""tools.ozone.signature.findRelatedAccounts: accounts like one account, as the PDS says."""

from skywarden.api.proxied import from_pds

METHOD = from_pds("tools.ozone.signature.findRelatedAccounts")
