"""Functions of addresses: links, hosts, handles, at-uris, record keys."""

from skywarden.rules.catalog.function import Function, Parameter
from skywarden.rules.catalog.name import STRS
from skywarden.rules.types import DID, INT, STR, TIME, Type

_address, _uri = Parameter("address", STR), Parameter("uri", STR)
_NONE = "unknown where there is none."


def _of_address(name: str, doc: str, kind: Type = STR) -> Function:
    return Function(name, (_address,), kind, doc, name)


ADDRESS_FUNCTIONS: tuple[Function, ...] = (
    _of_address("host_of", f"Host of a link, or the host itself, lower case; {_NONE}"),
    _of_address(
        "domain_of", f"Registrable domain of a link, host or handle: example.co.uk of www.example.co.uk; {_NONE}"
    ),
    _of_address("suffix_of", f"Public suffix of a link, host or handle: com, co.uk; {_NONE}"),
    _of_address("subdomain_of", "What stands before the registrable domain; the empty text where nothing does."),
    _of_address("path_of", f"Path of a link, percent signs decoded; {_NONE}"),
    Function(
        "query_value",
        (Parameter("link", STR), Parameter("name", STR, literal=True)),
        STR,
        f"The first value of a name in a link's query; {_NONE}",
        "query_value",
    ),
    Function(
        "links_in",
        (Parameter("text", STR),),
        STRS,
        "Addresses that stand in the text, with or without https://, each once; a hundred at most.",
        "links_in",
    ),
    Function(
        "domains_in", (Parameter("text", STR),), STRS, "Registrable domains of the addresses in the text.", "domains_in"
    ),
    Function("did_of", (_uri,), DID, "The account of an at-uri; unknown where the uri goes by handle.", "did_of"),
    Function("collection_of", (_uri,), STR, f"The collection of an at-uri; {_NONE}", "collection_of"),
    Function("rkey_of", (_uri,), STR, f"The record key of an at-uri; {_NONE}", "rkey_of"),
    Function("did_method", (Parameter("did", STR),), STR, "The method of a DID: plc or web.", "did_method"),
    Function(
        "key_time",
        (Parameter("rkey", STR),),
        TIME,
        "The moment that a record key claims; unknown where the key is no timestamp.",
        "key_time",
    ),
    Function(
        "bucket_of",
        (
            Parameter("text", STR),
            Parameter("buckets", INT, literal=True, bounds=(2, 1_000_000)),
            Parameter("salt", STR, literal=True, default=""),
        ),
        INT,
        "A number from 0 to buckets - 1 that the same text always gets, for experiments on a part of the accounts; "
        "another salt deals anew.",
        "bucket",
    ),
)
