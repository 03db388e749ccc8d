"""Names that rule files import: types and docs for editors. Made by `skywarden rules stubs`."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Literal, TypeVar, overload

_T = TypeVar("_T")
_F = TypeVar("_F", bound=Callable[..., object])
_N = TypeVar("_N", bound=Int | Float | Duration | Time)
_C = TypeVar("_C")

class Bool:
    """True, false or unknown."""
    def or_else(self, value: Condition) -> Bool:
        """The value, or the other one where it is unknown."""
    def __eq__(self, other: object) -> Bool: ...  # type: ignore[override]
    def __ne__(self, other: object) -> Bool: ...  # type: ignore[override]

Condition = Bool | bool

class Float:
    """A number, or unknown."""
    def or_else(self, value: Float | float) -> Float: ...
    def __add__(self, other: Number) -> Float: ...
    def __radd__(self, other: Number) -> Float: ...
    def __sub__(self, other: Number) -> Float: ...
    def __rsub__(self, other: Number) -> Float: ...
    def __mul__(self, other: Number) -> Float: ...
    def __rmul__(self, other: Number) -> Float: ...
    def __truediv__(self, other: Number) -> Float: ...
    def __rtruediv__(self, other: Number) -> Float: ...
    def __neg__(self) -> Float: ...
    def __lt__(self, other: Number) -> Bool: ...
    def __le__(self, other: Number) -> Bool: ...
    def __gt__(self, other: Number) -> Bool: ...
    def __ge__(self, other: Number) -> Bool: ...
    def __eq__(self, other: object) -> Bool: ...  # type: ignore[override]
    def __ne__(self, other: object) -> Bool: ...  # type: ignore[override]

class Int:
    """A whole number, or unknown."""
    def or_else(self, value: Int | int) -> Int: ...
    def __add__(self, other: Int | int) -> Int: ...
    def __radd__(self, other: Int | int) -> Int: ...
    def __sub__(self, other: Int | int) -> Int: ...
    def __rsub__(self, other: Int | int) -> Int: ...
    @overload
    def __mul__(self, other: Int | int) -> Int: ...
    @overload
    def __mul__(self, other: Duration) -> Duration: ...
    @overload
    def __mul__(self, other: Float | float) -> Float: ...
    @overload
    def __rmul__(self, other: Int | int) -> Int: ...
    @overload
    def __rmul__(self, other: Float | float) -> Float: ...
    def __truediv__(self, other: Number) -> Float: ...
    def __rtruediv__(self, other: Number) -> Float: ...
    def __floordiv__(self, other: Int | int) -> Int: ...
    def __mod__(self, other: Int | int) -> Int: ...
    def __neg__(self) -> Int: ...
    def __lt__(self, other: Number) -> Bool: ...
    def __le__(self, other: Number) -> Bool: ...
    def __gt__(self, other: Number) -> Bool: ...
    def __ge__(self, other: Number) -> Bool: ...
    def __eq__(self, other: object) -> Bool: ...  # type: ignore[override]
    def __ne__(self, other: object) -> Bool: ...  # type: ignore[override]

Number = Int | int | Float | float

class Duration:
    """A length of time: 14 * days."""
    def or_else(self, value: Duration) -> Duration: ...
    def __add__(self, other: Duration) -> Duration: ...
    def __sub__(self, other: Duration) -> Duration: ...
    def __mul__(self, other: Number) -> Duration: ...
    def __rmul__(self, other: Number) -> Duration: ...
    @overload
    def __truediv__(self, other: Number) -> Duration: ...
    @overload
    def __truediv__(self, other: Duration) -> Float: ...
    def __floordiv__(self, other: Duration) -> Int: ...
    def __neg__(self) -> Duration: ...
    def __lt__(self, other: Duration) -> Bool: ...
    def __le__(self, other: Duration) -> Bool: ...
    def __gt__(self, other: Duration) -> Bool: ...
    def __ge__(self, other: Duration) -> Bool: ...
    def __eq__(self, other: object) -> Bool: ...  # type: ignore[override]
    def __ne__(self, other: object) -> Bool: ...  # type: ignore[override]

class Time:
    """A moment."""
    def or_else(self, value: Time) -> Time: ...
    def __add__(self, other: Duration) -> Time: ...
    @overload
    def __sub__(self, other: Time) -> Duration: ...
    @overload
    def __sub__(self, other: Duration) -> Time: ...
    def __lt__(self, other: Time) -> Bool: ...
    def __le__(self, other: Time) -> Bool: ...
    def __gt__(self, other: Time) -> Bool: ...
    def __ge__(self, other: Time) -> Bool: ...
    def __eq__(self, other: object) -> Bool: ...  # type: ignore[override]
    def __ne__(self, other: object) -> Bool: ...  # type: ignore[override]

class Text:
    """A text, or unknown."""
    def or_else(self, value: Text | str) -> Text: ...
    def __eq__(self, other: object) -> Bool: ...  # type: ignore[override]
    def __ne__(self, other: object) -> Bool: ...  # type: ignore[override]

class Did(Text):
    """The DID of an account."""

class Uri(Text):
    """An at-uri."""

class List(Generic[_T]):
    """A list, or unknown."""
    def or_else(self, value: List[_T]) -> List[_T]: ...
    def __iter__(self) -> Iterator[_T]: ...
    def __contains__(self, item: object) -> bool: ...

class Words:
    """A set of texts."""
    def __contains__(self, item: object) -> bool: ...

Key = Text | Int | Bool | List[Text] | List[Did]
Keys = Key | tuple[Key, ...]

class Kind:
    """A kind of event, for on=."""

class RecordKind(Kind):
    """A kind of event, of all collections or of one."""
    def __call__(self, collection: str) -> Kind:
        """Only events of this collection."""

class Subject:
    """Whom an effect is about."""

class Effect:
    """What a rule proposes."""

class Rate:
    """So many in a stretch of time."""

class Limit(Rate):
    """A rule's breaker."""

class Between:
    """A duration that is drawn for each effect."""

class _Author(Subject):
    did: Did
    """Account that made the event."""
    handle: Text
    """Handle when the event passed."""
    age: Duration
    """Time since the account was created."""
    created: Time
    """When the account was created."""
    first_seen: Time
    """When we first saw the account."""
    followers: Int
    """Accounts that follow the author."""
    follows: Int
    """Accounts that the author follows."""
    posts: Int
    """Posts that the author has made."""
    labels: List[Text]
    """Labels that the account carries."""
    tags: List[Text]
    """Moderation tags of the account."""
    has_avatar: Bool
    """The profile has a picture."""
    display_name: Text
    """Name on the profile."""
    description: Text
    """Text of the profile."""
    avatar_cid: Text
    """CID of the profile's picture."""
    pds_host: Text
    """Host that keeps the account's data."""
    def is_followed_by(self, account: Did) -> Bool:
        """The account follows the author; the account is one of post.parent.did, post.root.did, subject.did."""

class _PostParentAuthor(Subject):
    ...

class _PostParent(Subject):
    uri: Uri
    """Post that is answered."""
    did: Did
    """Author of the post that is answered."""
    author: _PostParentAuthor

class _PostRootAuthor(Subject):
    ...

class _PostRoot(Subject):
    uri: Uri
    """First post of the thread."""
    did: Did
    """Author of the first post of the thread."""
    author: _PostRootAuthor

class _PostQuoteAuthor(Subject):
    ...

class _PostQuote(Subject):
    uri: Uri
    """Post that is quoted."""
    did: Did
    """Author of the post that is quoted."""
    author: _PostQuoteAuthor

class _Post(Subject):
    text: Text
    """Text of the post."""
    langs: List[Text]
    """Languages that the author claims."""
    uri: Uri
    """At-uri of the post."""
    is_reply: Bool
    """The post answers another one."""
    is_self_thread: Bool
    """The post goes on in the author's own thread."""
    is_quote: Bool
    """The post quotes another one."""
    links: List[Text]
    """Links of the post."""
    link_texts: List[Text]
    """The words that carry each of post.links; unknown where none do."""
    misleading_links: List[Text]
    """Links whose words name another registrable domain than they go to."""
    domains: List[Text]
    """Registrable domains of the links."""
    mentions: List[Did]
    """Accounts that the post mentions."""
    mention_texts: List[Text]
    """The words that carry each of post.mentions; unknown where none do."""
    stranger_mentions: List[Did]
    """Accounts that the post mentions and that are not known to follow the author."""
    tags: List[Text]
    """Hashtags of the post."""
    alt_texts: List[Text]
    """Descriptions of the pictures."""
    image_cids: List[Text]
    """CIDs of the pictures."""
    image_count: Int
    """Number of pictures."""
    has_video: Bool
    """The post carries a video."""
    embed_kind: Text
    """Kind of the post's embed."""
    self_labels: List[Text]
    """Labels that the author has put on the post."""
    created_at: Time
    """Time that the author claims."""
    created: Kind
    """A post was created."""
    updated: Kind
    """A post was updated."""
    deleted: Kind
    """A post was deleted."""
    parent: _PostParent
    root: _PostRoot
    quote: _PostQuote

class _ProfilePrevious:
    display_name: Text
    """Name on the profile before; the empty text where there was none."""
    description: Text
    """Text of the profile before; the empty text where there was none."""
    has_avatar: Bool
    """The profile had a picture before."""
    avatar_cid: Text
    """CID of the picture before; unknown where there was none."""

class _Profile:
    display_name: Text
    """New name on the profile."""
    description: Text
    """New text of the profile."""
    has_avatar: Bool
    """The new profile has a picture."""
    has_banner: Bool
    """The new profile has a banner."""
    avatar_cid: Text
    """CID of the new picture."""
    banner_cid: Text
    """CID of the new banner."""
    self_labels: List[Text]
    """Labels that the account has put on itself."""
    created: Kind
    """A profile was created."""
    updated: Kind
    """A profile was updated."""
    deleted: Kind
    """A profile was deleted."""
    changed: Kind
    """A profile was created or updated."""
    previous: _ProfilePrevious

class _Userlist:
    name: Text
    """Name of the list."""
    description: Text
    """Description of the list."""
    purpose: Text
    """What the list is for, such as app.bsky.graph.defs#modlist."""
    created: Kind
    """A list of accounts was created."""
    updated: Kind
    """A list of accounts was updated."""
    deleted: Kind
    """A list of accounts was deleted."""

class _Starterpack:
    name: Text
    """Name of the starter pack."""
    description: Text
    """Description of the starter pack."""
    list: Uri
    """List of the accounts in the starter pack."""
    created: Kind
    """A starter pack was created."""
    updated: Kind
    """A starter pack was updated."""
    deleted: Kind
    """A starter pack was deleted."""

class _Feed:
    name: Text
    """Name of the feed generator."""
    description: Text
    """Description of the feed generator."""
    created: Kind
    """A feed generator was created."""
    updated: Kind
    """A feed generator was updated."""
    deleted: Kind
    """A feed generator was deleted."""

class _Labeler:
    label_values: List[Text]
    """Labels that the labeler may use."""
    created: Kind
    """A labeler's record was created."""
    updated: Kind
    """A labeler's record was updated."""
    deleted: Kind
    """A labeler's record was deleted."""

class _Listitem:
    list: Uri
    """List that the account is put on."""
    created: Kind
    """A list item was created."""
    updated: Kind
    """A list item was updated."""
    deleted: Kind
    """A list item was deleted."""

class _SubjectAuthor(Subject):
    ...

class _Subject(Subject):
    did: Did
    """Account that is acted on."""
    uri: Uri
    """Record that is acted on."""
    author: _SubjectAuthor

class _Identity:
    handle: Text
    """New handle."""
    previous_handle: Text
    """Handle before, verified or claimed."""
    changed: Kind
    """An account's handle or keys changed."""

class _Account:
    active: Bool
    """Account is active now."""
    status: Text
    """Hosting status now."""
    changed: Kind
    """An account's hosting status changed."""

class _ReportBy(Did, Subject):
    ...

class _Report:
    reason: Text
    """Reason type of the report."""
    comment: Text
    """What the reporter wrote."""
    by: _ReportBy
    """Account that reported."""
    received: Kind
    """Somebody reported an account or a record; author is the account that was reported."""
    def __call__(self, subject: Subject, reason: Literal["spam", "violation", "misleading", "sexual", "rude", "other"], *, every: Duration = ..., delay: Duration | Between = ...) -> Effect:
        """Propose a report to the moderators' queue."""

class _Moderation:
    event: Text
    """Name of the moderation event, such as modEventLabel."""
    by: Did
    """Who acted; our own DID for rules."""
    comment: Text
    """What the moderator wrote."""
    added: List[Text]
    """Labels or tags that were put on."""
    removed: List[Text]
    """Labels or tags that were taken off."""
    happened: Kind
    """Moderation acted on an account or a record; author is the account that it acted on."""

class _Record(Subject):
    uri: Uri
    """At-uri of the record."""
    cid: Text
    """CID of the record."""
    collection: Text
    """Collection of the record."""
    rkey: Text
    """Record key."""
    json: Text
    """The whole record as compact JSON."""
    created_at: Time
    """Time that the author claims."""
    created: RecordKind
    """Any record, also of an unknown lexicon, was created."""
    updated: RecordKind
    """Any record, also of an unknown lexicon, was updated."""
    deleted: RecordKind
    """Any record, also of an unknown lexicon, was deleted."""
    def text(self, path: str) -> Text:
        """The text at the path; unknown where there is none."""
    def int(self, path: str) -> Int:
        """The whole number at the path; unknown where there is none."""
    def float(self, path: str) -> Float:
        """The number at the path, whole or not; unknown where there is none."""
    def bool(self, path: str) -> Bool:
        """The true or false at the path; unknown where there is neither."""
    def time(self, path: str) -> Time:
        """The datetime at the path; unknown where there is none."""
    def has(self, path: str) -> Bool:
        """There is something at the path other than null."""
    def texts(self, path: str) -> List[Text]:
        """The texts of the list at the path; with * for every element of a list on the way: record.texts("facets.*.features.*.tag"). Empty where there is none; unknown where it is no list."""

class _Event:
    time: Time
    """When the event was witnessed."""
    action: Text
    """create, update or delete; unknown for events without a record."""
    collection: Text
    """Collection of the record."""
    rkey: Text
    """Record key."""
    source: Text
    """Source that the event came from."""

class _Like:
    created: Kind
    """A like was created."""
    updated: Kind
    """A like was updated."""
    deleted: Kind
    """A like was deleted."""

class _Repost:
    created: Kind
    """A repost was created."""
    updated: Kind
    """A repost was updated."""
    deleted: Kind
    """A repost was deleted."""

class _Follow:
    created: Kind
    """A follow was created."""
    updated: Kind
    """A follow was updated."""
    deleted: Kind
    """A follow was deleted."""

class _Block:
    created: Kind
    """A block was created."""
    updated: Kind
    """A block was updated."""
    deleted: Kind
    """A block was deleted."""

class _Listblock:
    created: Kind
    """A block of a list was created."""
    updated: Kind
    """A block of a list was updated."""
    deleted: Kind
    """A block of a list was deleted."""

class _Reply:
    created: Kind
    """A post that answers another one was created."""

class _Quote:
    created: Kind
    """A post that quotes another one was created."""

class _Handle:
    changed: Kind
    """An account took another handle than the one known before."""

class _Recheck:
    due: Kind
    """A record is to be looked at again, with what is known by now."""

author: _Author
post: _Post
profile: _Profile
userlist: _Userlist
starterpack: _Starterpack
feed: _Feed
labeler: _Labeler
listitem: _Listitem
subject: _Subject
identity: _Identity
account: _Account
report: _Report
moderation: _Moderation
record: _Record
event: _Event
like: _Like
repost: _Repost
follow: _Follow
block: _Block
listblock: _Listblock
reply: _Reply
quote: _Quote
handle: _Handle
recheck: _Recheck

seconds: Duration
minutes: Duration
hours: Duration
days: Duration
second: Duration
minute: Duration
hour: Duration
day: Duration

def contains(text: Text | str, part: Text | str, exact_case: Condition = ...) -> Bool:
    """The text has `part` in it; upper and lower case are the same unless exact_case=True."""
def starts_with(text: Text | str, part: Text | str, exact_case: Condition = ...) -> Bool:
    """The text begins with `part`; upper and lower case are the same unless exact_case=True."""
def ends_with(text: Text | str, part: Text | str, exact_case: Condition = ...) -> Bool:
    """The text ends with `part`; upper and lower case are the same unless exact_case=True."""
def contains_any(text: Text | str, words: Words) -> Bool:
    """The text has one of the words or phrases, whole words only, upper and lower case the same."""
def looks_like_any(text: Text | str, words: Words) -> Bool:
    """A word of the text, or the text as a whole, reads like one of the words, with whatever letters it is written."""
def matches(text: Text | str, pattern: Text | str) -> Bool:
    """The pattern (RE2 syntax, linear time) is found somewhere in the text."""
def lower(text: Text | str) -> Text:
    """The text with upper and lower case made the same (Unicode case folding)."""
def normalise(text: Text | str) -> Text:
    """The text in compatibility form (NFKC), case folded, without invisible characters, spaces collapsed."""
def skeleton(text: Text | str) -> Text:
    """The text as the eye reads it: normalised, look-alike letters made the same, marks and separators gone."""
def same_text(text: Text | str) -> Text:
    """A key that copies of a text share: its words without links, mentions, digits, case or spacing; unknown for texts of fewer than 12 letters."""
def name_key(text: Text | str) -> Text:
    """A key that imitations of a handle or display name share: its skeleton without numbers or words such as official or support at the end; unknown for fewer than 4 letters."""
def count_matches(text: Text | str, pattern: Text | str) -> Int:
    """How often the pattern (RE2 syntax, linear time) is found in the text, one after the other."""
def capture(text: Text | str, pattern: Text | str) -> Text:
    """What the pattern's first group found, or the whole pattern where it has none; unknown where nothing was."""
def words_of(text: Text | str) -> List[Text]:
    """The words of the text in their order, case folded."""
def word_count(text: Text | str) -> Int:
    """How many words the text has."""
def line_count(text: Text | str) -> Int:
    """How many lines of the text are not blank."""
def letter_count(text: Text | str) -> Int:
    """How many letters the text has, of any script."""
def digit_count(text: Text | str) -> Int:
    """How many decimal digits the text has, of any script."""
def emoji_count(text: Text | str) -> Int:
    """How many emoji the text has, as the eye counts them: a flag or a family is one."""
def uppercase_share(text: Text | str) -> Float:
    """Share of upper-case letters among those that have a case; unknown where none has."""
def repeated_share(text: Text | str) -> Float:
    """Share of the words that came before in the text, 0 to 1; unknown for a text without words."""
def longest_run(text: Text | str) -> Int:
    """The most times that one character stands in a row: 5 in aaaaah."""
def script_of(text: Text | str) -> Text:
    """The script of most letters, such as Latin, Cyrillic, Arabic, Han; unknown for a text without letters."""
def scripts_of(text: Text | str) -> List[Text]:
    """All scripts of the text's letters, in the order they come."""
def mixed_scripts(text: Text | str) -> Bool:
    """A word of the text mixes scripts that look alike, as a Cyrillic letter among Latin ones."""
def unleet(text: Text | str) -> Text:
    """The skeleton with letters for the digits and signs that stand for them (0 is o, 1 and i are l, 3 is e, 4 and @ are a, 5 and $ are s, 7 is t, 8 is b), and runs of three and more as one letter. Compare it with unleet of another text."""
def strip(text: Text | str, characters: Text | str = ...) -> Text:
    """The text without white space, or without the characters, at both ends."""
def replace(text: Text | str, part: Text | str, by: Text | str) -> Text:
    """The text with something else in the place of every `part`."""
def slice(text: Text | str, start: Int | int, stop: Int | int) -> Text:
    """Characters from number `start`, 0 being the first, up to `stop`; negative numbers count from the end."""
def split(text: Text | str, separator: Text | str) -> List[Text]:
    """The parts of the text between separators."""
def to_int(text: Text | str) -> Int:
    """The whole number that the text is; unknown where it is none."""
def sha256(text: Text | str) -> Text:
    """SHA-256 of the text's UTF-8, in hexadecimal."""
def md5(text: Text | str) -> Text:
    """MD5 of the text's UTF-8, in hexadecimal, for lists that are kept so."""
def base64_decoded(text: Text | str) -> Text:
    """The text that this one is in base64; unknown where it is none."""
def edit_distance(text: Text | str, other: Text | str) -> Int:
    """Letters to insert, delete or replace to make one text the other; the first 256 letters are compared."""
def likeness(text: Text | str, other: Text | str) -> Float:
    """How alike two names are, 0 to 1 (Jaro-Winkler); the first 256 letters are compared."""
def closest(text: Text | str, names: Words) -> Float:
    """The likeness to the name of the set that is most like the text. For sets of up to some thousand names."""
def host_of(address: Text | str) -> Text:
    """Host of a link, or the host itself, lower case; unknown where there is none."""
def domain_of(address: Text | str) -> Text:
    """Registrable domain of a link, host or handle: example.co.uk of www.example.co.uk; unknown where there is none."""
def suffix_of(address: Text | str) -> Text:
    """Public suffix of a link, host or handle: com, co.uk; unknown where there is none."""
def subdomain_of(address: Text | str) -> Text:
    """What stands before the registrable domain; the empty text where nothing does."""
def path_of(address: Text | str) -> Text:
    """Path of a link, percent signs decoded; unknown where there is none."""
def query_value(link: Text | str, name: Text | str) -> Text:
    """The first value of a name in a link's query; unknown where there is none."""
def links_in(text: Text | str) -> List[Text]:
    """Addresses that stand in the text, with or without https://, each once; a hundred at most."""
def domains_in(text: Text | str) -> List[Text]:
    """Registrable domains of the addresses in the text."""
def did_of(uri: Text | str) -> Did:
    """The account of an at-uri; unknown where the uri goes by handle."""
def collection_of(uri: Text | str) -> Text:
    """The collection of an at-uri; unknown where there is none."""
def rkey_of(uri: Text | str) -> Text:
    """The record key of an at-uri; unknown where there is none."""
def did_method(did: Text | str) -> Text:
    """The method of a DID: plc or web."""
def key_time(rkey: Text | str) -> Time:
    """The moment that a record key claims; unknown where the key is no timestamp."""
def bucket_of(text: Text | str, buckets: Int | int, salt: Text | str = ...) -> Int:
    """A number from 0 to buckets - 1 that the same text always gets, for experiments on a part of the accounts; another salt deals anew."""
def in_set(text: Text | str, entries: Words) -> Bool:
    """The text is an entry of the set, exactly. The same as: text in wordlist(...)."""
def element(items: List[Any], number: Int | int) -> Text:
    """Element of a list by its number, 0 being the first and -1 the last; unknown where there is none."""
def count_different(items: List[Any]) -> Int:
    """How many different elements a list has."""
def overlap(items: List[Any], others: List[Any]) -> Int:
    """How many different elements two lists have in common."""
def join(items: List[Any], separator: Text | str = ...) -> Text:
    """The elements of a list as one text, with the separator between them."""
def hour_of_day(time: Time) -> Int:
    """The hour in UTC, 0 to 23."""
def weekday(time: Time) -> Int:
    """The day of the week in UTC: 0 is Monday, 6 Sunday."""
def time_bucket(time: Time, width: Duration) -> Time:
    """The begin of the stretch of this width that the time is in; stretches are counted from 1970."""
def hash_distance(hash: Text | str, other: Text | str) -> Int:
    """Bits in which two image hashes (hexadecimal) differ; unknown where they are no hashes of one length."""
def near_hash(hash: Text | str, hashes: Words, within: Int | int = ...) -> Bool:
    """A hash of the set differs in at most `within` bits; unknown where the set has none of this length."""
def length(value: Text | List[Any]) -> Int:
    """Characters (code points) of a text, or elements of a list."""
def wordlist(name: str) -> Words:
    """The set in the file NAME.txt, or the array NAME of sets.toml, beside the rules."""
def known(value: object) -> Bool:
    """The value is known. Comparisons with an unknown value are unknown, and a rule fires only on true."""
def any(conditions: Iterable[Condition]) -> Bool:
    """The condition is true for an element of the list: any(contains(x, 'spam') for x in post.alt_texts)."""
def all(conditions: Iterable[Condition]) -> Bool:
    """The condition is true for every element of the list; true for an empty list."""
def minimum(a: _N, b: _N) -> _N:
    """The smaller of two numbers."""
def choose(condition: Condition, a: _C, b: _C) -> _C:
    """The second value where the condition is true, the third where it is false; unknown where it is unknown."""
def absolute(x: _N) -> _N:
    """A number or duration without its sign."""
def maximum(a: _N, b: _N) -> _N:
    """The larger of two numbers."""
@overload
def count(conditions: Iterable[Condition]) -> Int: ...
@overload
def count(*, by: Keys, over: Duration, where: Condition = ..., exact: bool = ...) -> Int:
    """With by= and over=: how many events of the rule's kinds, this one included, had the same key within `over`; with where=: only those for which it was true. With a generator: for how many elements of a list the condition is true."""
def distinct(
    value: Key, *, by: Keys, over: Duration, where: Condition = ..., exact: bool = ...
) -> Int:
    """How many different values were seen with the same key within `over`, this event included. A list as value adds each element; a list as key counts for each element and gives the largest."""
def sum(number: Int | int, *, by: Keys, over: Duration, where: Condition = ...) -> Int:
    """The sum of a whole number over the events with the same key within `over`, this one included."""
def rate(*, by: Keys, over: Duration, per: Duration = ..., where: Condition = ...) -> Float:
    """How many events with the same key there were in each `per`, on average over `over`."""
def first_seen(*, by: Keys, over: Duration, where: Condition = ...) -> Time:
    """When the key's first event was, this one included; a key is forgotten after `over` without an event."""
def last_seen(*, by: Keys, over: Duration, where: Condition = ...) -> Time:
    """When the key's previous event was, this one not included; unknown where there was none within `over`."""
def rate_limited(*, by: Keys, rate: Rate, burst: int = ..., where: Condition = ...) -> Bool:
    """The key has no token left. It has `burst` tokens at first (as many as the rate's number unless given), gets new ones at the rate, and each event takes one, unless none is left."""
def trending(
    *, by: Keys, over: Duration = ..., against: Duration = ..., where: Condition = ...
) -> Float:
    """How far the key's count in `over` is above what is usual for this key over `against`, in standard deviations; at most 0 for fewer than 5 events. Unknown until the key has been there for 5 such periods."""
def similar(
    text: Text, *, over: Duration, by: Keys = ..., distinct: Key = ..., threshold: float = ..., where: Condition = ...
) -> Int:
    """How many events within `over`, this one included, had nearly this text: the size of its cluster of near copies; with distinct=: how many different values of that they had. Copies have at least `threshold` of all their words in common; 0.5 is one word in three changed. Links, mentions, digits, emoji, accents and case do not count. Unknown for texts below 20 letters or four different words."""
def heavy(*, by: Keys, over: Duration, slots: int = ..., where: Condition = ...) -> Int:
    """At least how many events the key had within `over`, when it is among the most frequent keys, else 0. Only `slots` keys are remembered for each twelfth of `over`, so keys may be anything; what is left out of a count is at most one event in `slots` of all."""
def label(subject: Subject, value: str, *, expires: Duration = ..., every: Duration = ..., delay: Duration | Between = ..., policy: str = ..., severity: Literal["low", "medium", "high", "critical"] = ...) -> Effect:
    """Propose a label (small letters a-z joined by dashes), signed and published to the network."""
def unlabel(subject: Subject, value: str, *, every: Duration = ..., delay: Duration | Between = ...) -> Effect:
    """Propose to negate our own label; one that a person set stays."""
def tag(subject: Subject, value: str, *, expires: Duration = ..., every: Duration = ..., delay: Duration | Between = ...) -> Effect:
    """Propose a moderation tag, seen by moderators and by later events, not by the network."""
def untag(subject: Subject, value: str, *, every: Duration = ..., delay: Duration | Between = ...) -> Effect:
    """Propose to take a tag away; one that a person set stays."""
def escalate(subject: Subject, *, every: Duration = ..., delay: Duration | Between = ...) -> Effect:
    """Propose to put the subject before senior moderators."""
def acknowledge(subject: Subject, *, every: Duration = ..., delay: Duration | Between = ...) -> Effect:
    """Propose to close the subject's review; one that was escalated or appealed stays open."""
def takedown(subject: Subject, *, expires: Duration = ..., every: Duration = ..., delay: Duration | Between = ..., policy: str = ..., severity: Literal["low", "medium", "high", "critical"] = ...) -> Effect:
    """Propose to take the subject down; with expires= an account is suspended."""
def mute(subject: Subject, *, expires: Duration, every: Duration = ..., delay: Duration | Between = ...) -> Effect:
    """Propose to keep reports on the subject out of the queue for a time."""
def comment(subject: Subject, text: str, *, every: Duration = ..., delay: Duration | Between = ...) -> Effect:
    """Propose a note on the subject's history, for moderators."""
def add_to_set(subject: Subject, name: str, *, every: Duration = ..., delay: Duration | Between = ...) -> Effect:
    """Propose to add the account's DID, or the record's at-uri, to a named set."""
def add_to_list(subject: Subject, name: str, *, every: Duration = ..., delay: Duration | Between = ...) -> Effect:
    """Propose to add the account to a named list."""
def notify(subject: Subject, webhook: str, *, every: Duration = ..., delay: Duration | Between = ...) -> Effect:
    """Propose to send the hit to a webhook of the settings."""
def per_second(number: Int | int) -> Rate:
    """So many a second, for rate=."""
def per_minute(number: Int | int) -> Rate:
    """So many a minute, for rate=."""
def per_hour(number: Int | int) -> Limit:
    """So many an hour, for rate=. As limit=: the most effects that moderation takes from the rule in one UTC hour of event time."""
def per_day(number: Int | int) -> Limit:
    """So many a day, for rate=. As limit=: the most effects that moderation takes from the rule in one UTC day of event time."""
def between(least: Duration, most: Duration) -> Between:
    """A duration drawn anew for each effect, the same one in a replay."""
def rule(
    *,
    on: Kind | list[Kind],
    then: Effect | list[Effect],
    limit: Limit | list[Limit] = ...,
    after: Duration = ...,
) -> Callable[[_F], _F]:
    """Make a function a rule: its docstring is the reason, its return value the condition."""
@overload
def parameter(name: str, default: bool, *, doc: str = ...) -> Bool: ...  # type: ignore[overload-overlap]
@overload
def parameter(name: str, default: int, *, least: int = ..., most: int = ..., doc: str = ...) -> Int: ...
@overload
def parameter(name: str, default: float, *, least: float = ..., most: float = ..., doc: str = ...) -> Float: ...
@overload
def parameter(name: str, default: str, *, doc: str = ...) -> Text: ...
@overload
def parameter(
    name: str, default: Duration, *, least: Duration = ..., most: Duration = ..., doc: str = ...
) -> Duration:
    """A constant that parameters.toml may set: NAME = parameter("name", default), at the top of a file."""
