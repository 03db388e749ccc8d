"""Every method's parameters, body and errors are those of its lexicon; no method of the service is missing."""

import pytest

from lexicons import LEXICONS, REASON, Schema, main_of, methods_under, resolved
from skywarden.api import proxied
from skywarden.api.registry import AnyMethod, all_methods, methods_of, modules
from struct_shapes import differences

pytestmark = pytest.mark.skipif(not LEXICONS.exists(), reason=REASON)


def known() -> list[AnyMethod]:
    """Every method whose lexicon is at hand."""
    return [method for nsid, method in sorted(all_methods().items()) if main_of(nsid) is not None]


def answered_here() -> list[AnyMethod]:
    """Those that are not passed on to a service which reads the parameters and names the errors itself."""
    return [method for method in known() if not is_passed_on(method)]


def is_passed_on(method: AnyMethod) -> bool:
    return method.handle.__module__ == proxied.__name__ or method.nsid.startswith(("app.bsky.", "chat.bsky."))


def lexicon(method: AnyMethod) -> Schema:
    found = main_of(method.nsid)
    assert found is not None
    return found


@pytest.mark.parametrize("method", known(), ids=lambda method: method.nsid)
def test_a_method_is_of_the_kind_that_its_lexicon_says(method: AnyMethod) -> None:
    assert method.kind == lexicon(method)["type"]


@pytest.mark.parametrize("method", answered_here(), ids=lambda method: method.nsid)
def test_a_methods_parameters_are_those_of_its_lexicon(method: AnyMethod) -> None:
    assert differences(method.params, lexicon(method).get("parameters"), method.nsid) == []


@pytest.mark.parametrize("method", known(), ids=lambda method: method.nsid)
def test_a_methods_body_is_that_of_its_lexicon(method: AnyMethod) -> None:
    schema, home = lexicon(method).get("input", {}).get("schema"), method.nsid
    if schema is not None and schema["type"] == "ref":
        schema, home = resolved(schema["ref"], home)
    assert differences(method.body, schema, home) == []


@pytest.mark.parametrize("method", answered_here(), ids=lambda method: method.nsid)
def test_the_errors_of_a_lexicon_go_out_by_their_names(method: AnyMethod) -> None:
    assert {error["name"] for error in lexicon(method).get("errors", ())} <= method.errors


def test_a_file_is_named_after_the_method_in_it() -> None:
    for module in modules():
        for method in methods_of(module):
            name = "".join(f"_{char.lower()}" if char.isupper() else char for char in method.nsid.replace(".", "_"))
            assert module.__name__.rpartition(".")[2] == name


def test_every_method_of_the_reference_service_is_served() -> None:
    assert [nsid for nsid in methods_under("tools.ozone") if nsid not in all_methods()] == []
