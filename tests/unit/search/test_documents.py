"""Rows of the log as changes of the index."""

from event_rows import START_US, Row, batch, post
from skywarden.kernel.ids import Did
from skywarden.model.event import Action, Kind
from skywarden.search.contract import Change, Removal, SearchDocument
from skywarden.search.documents import changes


def change(row: Row) -> Change:
    [found] = changes(batch([post(0, collection="app.bsky.feed.like"), row], base=40))
    return found


def test_a_post_is_its_text_its_pictures_links_and_tags() -> None:
    found = change(
        post(
            text="hi",
            langs=["pt-BR", "en"],
            links=["https://www.shop.example/x"],
            domains=["shop.example"],
            tags=["Art"],
            alt_texts=["a cat"],
            author_handle="Alice.Example",
        )
    )
    assert found == SearchDocument(
        uri="at://did:plc:alice/app.bsky.feed.post/r0",
        did=Did("did:plc:alice"),
        kind="post",
        offset=41,  # type: ignore[arg-type]  # numbers are clearer here
        time_us=START_US,  # type: ignore[arg-type]  # as above
        parts=(("text", "hi"), ("alt", "a cat"), ("link", "www.shop.example"), ("tag", "Art")),
        langs=("pt-br", "en", "pt"),
        domains=("www.shop.example", "shop.example"),
        tags=("art",),
        handle="alice.example",
    )


def test_a_profile_is_its_name_description_and_handle() -> None:
    row = post(collection="app.bsky.actor.profile", rkey="self", text=None, display_name="Al", description="I am")
    found = change(row | {"author_handle": "al.example"})
    assert isinstance(found, SearchDocument)
    assert (found.kind, found.uri) == ("profile", "at://did:plc:alice/app.bsky.actor.profile/self")
    assert found.parts == (("name", "Al"), ("description", "I am"), ("handle", "al.example"))


def test_a_new_handle_is_a_document_of_the_account() -> None:
    found = change(post(kind=int(Kind.IDENTITY), action=None, collection=None, text=None, handle="New.example"))
    assert isinstance(found, SearchDocument)
    assert (found.uri, found.kind, found.handle) == ("did:plc:alice", "account", "new.example")


def test_what_is_deleted_is_removed() -> None:
    gone = post(3, action=int(Action.DELETE), text=None)
    assert change(gone) == Removal(Did("did:plc:alice"), "at://did:plc:alice/app.bsky.feed.post/r3")
    account = post(kind=int(Kind.ACCOUNT), collection=None, account_active=False, account_status="deleted")
    assert change(account) == Removal(Did("did:plc:alice"), None)


def test_an_account_that_is_only_suspended_keeps_its_documents() -> None:
    row = post(kind=int(Kind.ACCOUNT), collection=None, account_active=False, account_status="suspended")
    assert changes(batch([row])) == []


def test_strangers_lists_are_cut() -> None:
    found = change(post(tags=[f"t{n}" for n in range(500)], links=["https://" + "a." * 200 + "example/"]))
    assert isinstance(found, SearchDocument)
    assert len(found.tags) == 64
    assert all(domain.count(".") < 8 for domain in found.domains)
