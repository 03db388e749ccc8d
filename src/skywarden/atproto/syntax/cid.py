"""Tell text that may name content (a CID of any version and base) from other text.

Records may carry such text as `cid`; what we compute with goes through `skywarden.atproto.cid` instead.
"""

import re

_CID = re.compile(r"(?!Qmb)[a-zA-Z0-9+=]{8,256}")


def is_cid_text(text: str) -> bool:
    """Tell whether this has the form of a CID."""
    return _CID.fullmatch(text) is not None
