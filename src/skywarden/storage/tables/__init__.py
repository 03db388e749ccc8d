"""Every SQL table, one file a stage; stages meet here and in `model`, never in one another."""

from skywarden.storage.tables.backtests import BACKTEST, BACKTEST_RULE
from skywarden.storage.tables.claims import SUBJECT_CLAIM
from skywarden.storage.tables.decisions import DECISION, MODERATION_EVENT, MODERATION_EVENT_WORD, REPORT
from skywarden.storage.tables.desk import (
    SAFELINK_EVENT,
    SAFELINK_RULE,
    SETTING_OPTION,
    TEAM_MEMBER,
    TEMPLATE,
    VERIFICATION,
)
from skywarden.storage.tables.forgetting import FORGET_REQUEST, TOMBSTONE
from skywarden.storage.tables.job_runs import JOB_RUN, QUALITY_CHECK
from skywarden.storage.tables.jobs import JOB, PUSH, SCHEDULED_ACTION
from skywarden.storage.tables.labels import COUNTER, LABEL, LABEL_REQUEST, SIGNING_KEY
from skywarden.storage.tables.metadata import METADATA
from skywarden.storage.tables.moderation import AUDIT, BREAKER, DELIVERY
from skywarden.storage.tables.outbox import CONSUMER_OFFSET, EFFECT, HIT, RECHECK, RULE_TALLY, SECRET
from skywarden.storage.tables.queries import QUERY_RUN, SAVED_QUERY
from skywarden.storage.tables.releases import RULE_CHANGE, RULE_REVIEW, RULE_SAMPLE, RULE_TEXT, RULE_VERSION
from skywarden.storage.tables.reports import (
    QUEUE,
    QUEUE_ASSIGNMENT,
    REPORT_ACTIVITY,
    REPORT_ASSIGNMENT,
    REPORT_STAT,
)
from skywarden.storage.tables.sessions import CONSOLE_SESSION, SIGN_IN_LINK
from skywarden.storage.tables.sets import VALUE_SET, VALUE_SET_ENTRY
from skywarden.storage.tables.subjects import ACCOUNT_STAT, ACCOUNT_STRIKE, SUBJECT, SUBJECT_LABEL, SUBJECT_TAG
from skywarden.storage.tables.tokens import USED_TOKEN
from skywarden.storage.tables.undo import UNDO_ITEM, UNDO_RUN

__all__ = [
    "ACCOUNT_STAT",
    "ACCOUNT_STRIKE",
    "AUDIT",
    "BACKTEST",
    "BACKTEST_RULE",
    "BREAKER",
    "CONSOLE_SESSION",
    "CONSUMER_OFFSET",
    "COUNTER",
    "DECISION",
    "DELIVERY",
    "EFFECT",
    "FORGET_REQUEST",
    "HIT",
    "JOB",
    "JOB_RUN",
    "LABEL",
    "LABEL_REQUEST",
    "METADATA",
    "MODERATION_EVENT",
    "MODERATION_EVENT_WORD",
    "PUSH",
    "QUALITY_CHECK",
    "QUERY_RUN",
    "QUEUE",
    "QUEUE_ASSIGNMENT",
    "RECHECK",
    "REPORT",
    "REPORT_ACTIVITY",
    "REPORT_ASSIGNMENT",
    "REPORT_STAT",
    "RULE_CHANGE",
    "RULE_REVIEW",
    "RULE_SAMPLE",
    "RULE_TALLY",
    "RULE_TEXT",
    "RULE_VERSION",
    "SAFELINK_EVENT",
    "SAFELINK_RULE",
    "SAVED_QUERY",
    "SCHEDULED_ACTION",
    "SECRET",
    "SETTING_OPTION",
    "SIGNING_KEY",
    "SIGN_IN_LINK",
    "SUBJECT",
    "SUBJECT_CLAIM",
    "SUBJECT_LABEL",
    "SUBJECT_TAG",
    "TEAM_MEMBER",
    "TEMPLATE",
    "TOMBSTONE",
    "UNDO_ITEM",
    "UNDO_RUN",
    "USED_TOKEN",
    "VALUE_SET",
    "VALUE_SET_ENTRY",
    "VERIFICATION",
]
