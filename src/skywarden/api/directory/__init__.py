"""What is known of accounts and records outside moderation: handles, profiles, private facts, record values."""

from skywarden.api.directory.account_info import INVALID_HANDLE, AccountInfo, PrivateInfo
from skywarden.api.directory.account_sources import AccountSources
from skywarden.api.directory.directory import Directory
from skywarden.api.directory.home_servers import HomeServers
from skywarden.api.directory.own import LoggedRecords, Nothing, OwnAccounts, OwnRecords, SeenAccounts
from skywarden.api.directory.plc import PlcLogs
from skywarden.api.directory.record_info import Blob, RecordInfo
from skywarden.api.directory.record_sources import RecordSources

__all__ = [
    "INVALID_HANDLE",
    "AccountInfo",
    "AccountSources",
    "Blob",
    "Directory",
    "HomeServers",
    "LoggedRecords",
    "Nothing",
    "OwnAccounts",
    "OwnRecords",
    "PlcLogs",
    "PrivateInfo",
    "RecordInfo",
    "RecordSources",
    "SeenAccounts",
]
