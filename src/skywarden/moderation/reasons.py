"""Turn the short names that rules use for report reasons into the lexicons' tokens."""

_COMMON = "com.atproto.moderation.defs#reason"
_OZONE = "tools.ozone.report.defs#reason"

APPEALS = frozenset({f"{_COMMON}Appeal", f"{_OZONE}Appeal"})

_COMMON_NAMES = ("Spam", "Violation", "Misleading", "Sexual", "Rude", "Other", "Appeal")
_OZONE_NAMES = (
    "Appeal",
    "Other",
    "ViolenceAnimal",
    "ViolenceThreats",
    "ViolenceGraphicContent",
    "ViolenceGlorification",
    "ViolenceExtremistContent",
    "ViolenceTrafficking",
    "ViolenceOther",
    "SexualAbuseContent",
    "SexualNCII",
    "SexualDeepfake",
    "SexualAnimal",
    "SexualUnlabeled",
    "SexualOther",
    "ChildSafetyCSAM",
    "ChildSafetyGroom",
    "ChildSafetyPrivacy",
    "ChildSafetyHarassment",
    "ChildSafetyOther",
    "HarassmentTroll",
    "HarassmentTargeted",
    "HarassmentHateSpeech",
    "HarassmentDoxxing",
    "HarassmentOther",
    "MisleadingBot",
    "MisleadingImpersonation",
    "MisleadingSpam",
    "MisleadingScam",
    "MisleadingElections",
    "MisleadingOther",
    "RuleSiteSecurity",
    "RuleProhibitedSales",
    "RuleBanEvasion",
    "RuleOther",
    "SelfHarmContent",
    "SelfHarmED",
    "SelfHarmStunts",
    "SelfHarmSubstances",
    "SelfHarmOther",
)

REASON_TYPES = frozenset(
    [_COMMON + name for name in _COMMON_NAMES] + [_OZONE + name for name in _OZONE_NAMES],
)
"""Every reason type that the lexicons know."""

# Where both name sets have a word (other, appeal), the short name means the common one, which every client knows.
_SHORT = {name.lower(): _OZONE + name for name in _OZONE_NAMES} | {
    name.lower(): _COMMON + name for name in _COMMON_NAMES
}


def reason_type(name: str) -> str | None:
    """Find the token for a short name ("rude", "misleading-scam") or a token itself; None when there is none."""
    if name in REASON_TYPES:
        return name
    return _SHORT.get(name.replace("-", "").replace("_", "").lower())


def report_tag(reason: str) -> str:
    """The tag that a report of this reason puts on its subject, such as `report:spam`."""
    return f"report:{reason.rpartition('#reason')[2].lower()}"
