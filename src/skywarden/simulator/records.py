"""Turn what somebody means to say into records of the app.bsky lexicons, with facets counted in UTF-8 bytes."""

from dataclasses import dataclass, field
from random import Random

from skywarden.atproto.cid import RAW, cid_bytes_of
from skywarden.atproto.node import Link
from skywarden.kernel.ids import AtUri, Cid, Did, Handle, RecordKey, UtcMicros
from skywarden.simulator.moments import iso_millis

Record = dict[str, object]

POST = "app.bsky.feed.post"
LIKE = "app.bsky.feed.like"
REPOST = "app.bsky.feed.repost"
FOLLOW = "app.bsky.graph.follow"
BLOCK = "app.bsky.graph.block"
PROFILE = "app.bsky.actor.profile"

SELF = RecordKey("self")


@dataclass(frozen=True, slots=True)
class PostRef:
    """A post that others can answer; `root_*` is itself unless it is a reply."""

    uri: AtUri
    cid: Cid
    author: int
    lang: str
    root_uri: AtUri
    root_cid: Cid
    depth: int = 0


@dataclass(slots=True)
class RichText:
    """A text in the making, with its facets."""

    text: str = ""
    facets: list[Record] = field(default_factory=list)

    def plain(self, words: str) -> "RichText":
        self.text += words
        return self

    def mention(self, handle: Handle, did: Did) -> "RichText":
        return self._feature(f"@{handle}", {"$type": "app.bsky.richtext.facet#mention", "did": did})

    def tag(self, tag: str) -> "RichText":
        return self._feature(f"#{tag}", {"$type": "app.bsky.richtext.facet#tag", "tag": tag})

    def link(self, uri: str) -> "RichText":
        """Show the address as apps do: without the scheme, shortened."""
        shown = uri.removeprefix("https://")
        shown = shown if len(shown) <= 28 else shown[:25] + "..."
        return self._feature(shown, {"$type": "app.bsky.richtext.facet#link", "uri": uri})

    def _feature(self, words: str, feature: Record) -> "RichText":
        if self.text and not self.text.endswith((" ", "\n")):
            self.text += " "
        start = len(self.text.encode())
        self.text += words
        end = start + len(words.encode())
        self.facets.append({"index": {"byteStart": start, "byteEnd": end}, "features": [feature]})
        return self


def post(
    body: RichText, now_us: UtcMicros, lang: str, *, parent: PostRef | None = None, embed: Record | None = None
) -> Record:
    """Make a post, or a reply to `parent`."""
    record: Record = {"$type": POST, "text": body.text, "langs": [lang], "createdAt": iso_millis(now_us)}
    if body.facets:
        record["facets"] = list(body.facets)
    if parent is not None:
        record["reply"] = {
            "root": {"uri": parent.root_uri, "cid": parent.root_cid},
            "parent": {"uri": parent.uri, "cid": parent.cid},
        }
    if embed is not None:
        record["embed"] = embed
    return record


def about_post(collection: str, subject: PostRef, now_us: UtcMicros) -> Record:
    """Make a like or a repost."""
    return {
        "$type": collection,
        "subject": {"uri": subject.uri, "cid": subject.cid},
        "createdAt": iso_millis(now_us),
    }


def about_account(collection: str, subject: Did, now_us: UtcMicros) -> Record:
    """Make a follow or a block."""
    return {"$type": collection, "subject": subject, "createdAt": iso_millis(now_us)}


def profile(display_name: str, description: str, created_us: UtcMicros, rng: Random, *, has_avatar: bool) -> Record:
    """Make the profile record of an account."""
    record: Record = {
        "$type": PROFILE,
        "displayName": display_name,
        "description": description,
        "createdAt": iso_millis(created_us),
    }
    if has_avatar:
        record["avatar"] = blob(rng)
    return record


def blob(rng: Random) -> Record:
    """Refer to a picture that exists nowhere; its CID is that of its few random bytes."""
    return {
        "$type": "blob",
        "ref": Link(cid_bytes_of(rng.randbytes(16), RAW)),
        "mimeType": "image/jpeg",
        "size": rng.randrange(30_000, 900_000),
    }


def images(alts: list[str], rng: Random) -> Record:
    """Embed as many pictures as there are alt texts."""
    pictures = [
        {"image": blob(rng), "alt": alt, "aspectRatio": {"width": 1200, "height": rng.choice((800, 1200, 1600))}}
        for alt in alts
    ]
    return {"$type": "app.bsky.embed.images", "images": pictures}


def external(uri: str, title: str, description: str) -> Record:
    """Embed a link card."""
    return {
        "$type": "app.bsky.embed.external",
        "external": {"uri": uri, "title": title, "description": description},
    }


def quote(subject: PostRef) -> Record:
    """Embed another post."""
    return {"$type": "app.bsky.embed.record", "record": {"uri": subject.uri, "cid": subject.cid}}
