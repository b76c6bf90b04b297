"""Where an account is looked up: a web address with the account's id in it."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

SLOT = "{account_id}"


def checked_link(template: str) -> str:
    """The template, if it makes a web address of each account; ValueError where it does not.

    >>> checked_link("https://crm.example.com/accounts/{account_id}")
    'https://crm.example.com/accounts/{account_id}'
    """
    others = [name for name in re.findall(r"\{[^{}]*\}?|\}", template) if name != SLOT]
    if others:
        raise ValueError(f"'{others[0]}' is not filled in; expected {SLOT} alone")
    if SLOT not in template:
        raise ValueError(f"it leads every account to one page; expected {SLOT} in it")
    parts = urlsplit(template)
    if (
        parts.scheme not in ("https", "http")
        or not parts.hostname
        or SLOT in parts.netloc
        or re.search(r"\s", template)
    ):
        raise ValueError(f"it is no web address; expected one as https://crm.example.com/accounts/{SLOT}")
    return template


def link_to(template: str | None, account_id: str) -> str | None:
    """An account's own address; whatever its id says, it stays within its place. None: nobody said where.

    >>> link_to("https://crm.example.com/{account_id}", "A 1/../x?y")
    'https://crm.example.com/A%201%2F..%2Fx%3Fy'
    """
    return None if template is None else template.replace(SLOT, quote(account_id, safe=""))
