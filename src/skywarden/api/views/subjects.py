"""Facts about accounts and records to #subjectView, and to what an event's detail shows of its subject."""

from collections.abc import Iterable

from skywarden.api.names import INVALID_REQUEST
from skywarden.api.views.facts import Facts, Viewer, author_of, gather_facts
from skywarden.api.views.json import Json, given
from skywarden.api.views.records import record_detail, record_not_found, record_view
from skywarden.api.views.repos import repo_detail, repo_not_found, repo_view
from skywarden.api.views.statuses import DEFS
from skywarden.atproto.syntax.did import is_did
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did


async def subject_views(viewer: Viewer, subjects: Iterable[str]) -> dict[str, Json]:
    """The #subjectView of each DID or at-uri; one that nobody knows has only its status, if that.

    Raises: Rejected InvalidRequest for what is neither.
    """
    wanted = list(dict.fromkeys(subjects))
    dids = [Did(subject) for subject in wanted if is_did(subject)]
    uris = [subject for subject in wanted if not is_did(subject)]
    for uri in uris:
        _check(uri)
    facts = await gather_facts(viewer, dids, uris, labels=True)
    return {subject: _subject_view(facts, subject) for subject in wanted}


async def event_subject(viewer: Viewer, subject: str, convo_id: str = "") -> Json:
    """What an event's detail says of its subject: #repoView, #recordView, #convoView or that it was not found.

    `subject` is a DID or an at-uri; with `convo_id` the account whose conversation it is.
    """
    if convo_id:
        return {"$type": DEFS + "convoView", "did": subject, "convoId": convo_id}
    if is_did(subject):
        did = Did(subject)
        repo = repo_view(await gather_facts(viewer, [did], (), labels=False), did)
        return repo_not_found(did) if repo is None else {"$type": DEFS + "repoView", **repo}
    record = record_view(await gather_facts(viewer, (), [subject], labels=False), subject)
    return record_not_found(subject) if record is None else {"$type": DEFS + "recordView", **record}


def _subject_view(facts: Facts, subject: str) -> Json:
    is_account = is_did(subject)
    did = Did(subject) if is_account else author_of(subject)
    info = facts.accounts.get(did)
    return given(
        {
            "type": "account" if is_account else "record",
            "subject": subject,
            "status": facts.status(subject),
            "repo": repo_detail(facts, did),
            "profile": None if info is None else info.profile,
            "record": None if is_account else record_detail(facts, subject),
        }
    )


def _check(uri: str) -> None:
    try:
        author = author_of(uri)
    except Rejected as error:
        raise _neither(uri) from error
    if not is_did(author) or len(uri.split("/")) != len(("at:", "", "did", "collection", "rkey")):
        raise _neither(uri)


def _neither(subject: str) -> Rejected:
    return Rejected(
        INVALID_REQUEST, place="subjects", expected="a DID or the at-uri of a record", found=repr(subject[:120])
    )
