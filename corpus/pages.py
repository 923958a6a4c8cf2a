"""What every self-contained HTML page of ours has in common."""

from __future__ import annotations

import base64
import hashlib


def content_policy(style: str, script: str) -> str:
    """A content security policy that allows this style, this script and nothing else.

    Both are named by their SHA-256, as CSP level 3 defines hash sources; texts must
    be what stands between the tags, to the character.
    """
    return (
        f"default-src 'none'; style-src 'sha256-{_digest(style)}'; script-src 'sha256-{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
