"""com.atproto.admin.searchAccounts: accounts by their e-mail address, as the PDS says."""

from skywarden.api.proxied import from_pds

METHOD = from_pds("com.atproto.admin.searchAccounts")
