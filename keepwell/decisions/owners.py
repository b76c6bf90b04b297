"""Who acts for an account: by the policy's roles, the account's own fields, and fallbacks."""

from __future__ import annotations

from collections.abc import Mapping

from keepwell.decisions.policy import Policy, Role
from keepwell.words.decision import Owned

Account = Mapping[str, str | None]  # attribute → value, segment among them


def who(policy: Policy, role: Role, account: Account) -> str | None:
    r"""The person in a role for an account; None: nobody is named.

    >>> from keepwell.document import parse
    >>> from keepwell.decisions.policy import read
    >>> roles = "owners: {owner: {fields: [owner], else: cs_manager}, cs_manager: Ana}"
    >>> policy = read(parse(f"policy: a\ndecision: whom to call\n{roles}"))
    >>> who(policy, "owner", {"owner": "Ben"}), who(policy, "owner", {"owner": None})
    ('Ben', 'Ana')
    """
    if role == "owner" and policy.coverage.pool and model(policy, account.get("segment")) == "pooled":
        return policy.coverage.pool
    acting = policy.owners.get(role)
    if acting is None:
        return None
    named = next((value for name in acting.fields if (value := account.get(name))), None)
    if named is not None or acting.otherwise is None:
        return named
    if acting.otherwise in policy.owners:
        return who(policy, acting.otherwise, account)
    return acting.otherwise


def acting(policy: Policy, role: Role, owned: Owned) -> str | None:
    """The person in a role for an account as a day knew it; for the owner's role at least its own owner."""
    account = {"owner": owned.owner, "seller": owned.seller, "manager": owned.manager, "segment": owned.segment}
    return who(policy, role, account) or (owned.owner if role == "owner" else None)


def model(policy: Policy, segment: str | None) -> str:
    """How accounts of a segment are looked after: named, pooled or digital."""
    coverage = policy.coverage
    return coverage.segments.get(segment, coverage.default) if segment else coverage.default
