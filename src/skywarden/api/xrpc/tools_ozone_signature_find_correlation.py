"""tools.ozone.signature.findCorrelation: what several accounts have in common, as the PDS says."""

from skywarden.api.proxied import from_pds

METHOD = from_pds("tools.ozone.signature.findCorrelation")
