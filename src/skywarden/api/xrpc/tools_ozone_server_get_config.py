"""tools.ozone.server.getConfig: what a client must know of this service, and what the caller may do."""

from skywarden.api.method import Access, Call, query


def _handle(call: Call[None, None]) -> object:
    config = call.services.neighbours
    answer: dict[str, object] = {
        name: {"url": url}
        for name, url in (
            ("appview", config.appview_url),
            ("pds", config.pds_url),
            ("blobDivert", config.divert_url),
            ("chat", config.chat_url),
        )
        if url
    }
    answer["viewer"] = {} if call.caller.role is None else {"role": call.caller.role}
    if config.verifier_did:
        answer["verifierDid"] = config.verifier_did
    return answer


METHOD = query("tools.ozone.server.getConfig", Access.MEMBER, None, _handle)
