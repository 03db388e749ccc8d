"""Read `on=` and hold a rule to the names and subjects that its events carry."""

from skywarden.model.event import Kind
from skywarden.rules.catalog import EVENT_KINDS, NAMES, EventKind, event_kind, known_kind
from skywarden.rules.catalog.events import of_collection
from skywarden.rules.catalog.names import NameEntry
from skywarden.rules.check.context import Context
from skywarden.rules.check.paths import dotted
from skywarden.rules.core import Core, EffectTerm, Named
from skywarden.rules.problems import did_you_mean
from skywarden.rules.syntax.tree import Call, Keyword, Literal, RuleDef, Sequence, Syntax


def check_on(keyword: Keyword, context: Context) -> tuple[str, ...]:
    """Read `on=`: one kind of event or a list of them."""
    items = keyword.value.items if isinstance(keyword.value, Sequence) else (keyword.value,)
    found: list[str] = []
    for item in items:
        path = _path(item)
        if event_kind(path) is not None:
            found.append(path)
            continue
        if isinstance(item, Call):
            context.problem(item.span, "event", "wrong kind of event", hint=_COLLECTION_HINT)
            continue
        inside = [known for known in EVENT_KINDS if known.startswith(f"{path}.")]
        hint = did_you_mean(path, tuple(EVENT_KINDS)) if not inside else "one of " + ", ".join(inside)
        context.problem(item.span, "event", f"unknown kind of event {path}".rstrip(), hint=hint)
    if not items:
        context.problem(keyword.span, "event", "a rule on no events", hint="on=post.created")
    return tuple(sorted(set(found)))


_COLLECTION_HINT = 'only record.created, .updated and .deleted take a collection: record.created("com.example.thing")'


def _path(item: Syntax) -> str:
    """A kind as text; one that names a collection as it is written."""
    match item:
        case Call(function=function, arguments=(Literal(value=str(collection)),), keywords=()):
            return of_collection(dotted(function) or "", collection)
        case _:
            return dotted(item) or ""


def check_presence(where: str, on: tuple[str, ...], nodes: list[Core], context: Context) -> None:
    """Note every name that none of the events of `where` (a rule) ever carries: it would always be unknown."""
    kinds = [known_kind(path) for path in on]
    for node in nodes:
        entry = NAMES.get(node.name) if isinstance(node, Named) else None
        if entry is not None and not any(carries(kind, entry) for kind in kinds):
            message = f"{entry.path} is never present on {', '.join(on)} ({where})"
            context.problem(node.span, "event", message, hint=_presence_hint(entry))


def _presence_hint(entry: NameEntry) -> str:
    fitting = [path for path, kind in EVENT_KINDS.items() if carries(kind, entry)]
    return "it is on " + ", ".join(fitting[:4])


def carries(kind: EventKind, entry: NameEntry) -> bool:
    """Is the name ever known on events of the kind?"""
    if entry.groups and kind.group not in entry.groups:
        return False
    return kind.has_content or not entry.content


_HAVE_SUBJECT = NAMES["subject.did"].groups
_PARTY_GROUPS = {
    "post.parent": {"post", "record"},
    "post.parent.author": {"post", "record"},
    "post.root": {"post", "record"},
    "post.root.author": {"post", "record"},
    "post.quote": {"post", "record"},
    "post.quote.author": {"post", "record"},
    "subject": _HAVE_SUBJECT,
    "subject.author": _HAVE_SUBJECT,
    "report.by": {"report"},
}


def check_subjects(rule: RuleDef, on: tuple[str, ...], effects: tuple[EffectTerm, ...], context: Context) -> None:
    """Note effects whose subject none, or not each, of the rule's events has."""
    kinds = [known_kind(path) for path in on]
    for effect in effects:
        name = effect.subject.text
        if name == "author":
            continue
        wrong = [kind.path for kind in kinds if not _has_subject(kind, name)]
        if wrong:
            message = f"{effect.kind} on {name}: {', '.join(wrong)} has none"
            context.problem(rule.span, "effect", message, hint="act on author, or leave that kind of event out")


def _has_subject(kind: EventKind, name: str) -> bool:
    if name == "record":
        return kind.has_content and kind.kind in (Kind.COMMIT, Kind.RECHECK)
    return kind.has_content and kind.group in _PARTY_GROUPS[name]
