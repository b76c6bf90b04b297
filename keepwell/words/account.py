"""An account's attributes as every stage names them."""

from __future__ import annotations

# attribute → DuckDB type; in relations each is a column `a_<attribute>`
ATTRIBUTES: dict[str, str] = {
    "name": "VARCHAR",
    "parent": "VARCHAR",
    "segment": "VARCHAR",
    "industry": "VARCHAR",
    "region": "VARCHAR",
    "country": "VARCHAR",
    "territory": "VARCHAR",
    "plan": "VARCHAR",
    "owner": "VARCHAR",
    "seller": "VARCHAR",
    "manager": "VARCHAR",
    "lifecycle": "VARCHAR",
    "currency": "VARCHAR",
    "arr_minor": "BIGINT",  # reporting currency; 12 × MRR where no source states it; NULL without an exchange rate
    "mrr_minor": "BIGINT",  # reporting currency, subscriptions in force on the as-of day; NULL where one is unknown
    "seats": "BIGINT",  # paid seats in force: not those of trials and one-offs
    "created_day": "DATE",
    "start_day": "DATE",  # first subscription's start, else created_day
    "renewal_day": "DATE",  # end of the term in force
    "age_days": "BIGINT",  # as_of - start_day
    "has_product": "BOOLEAN",  # has or had a product subscription
    "in_term": "BOOLEAN",  # a subscription is in force
    "holder": "VARCHAR",  # the account itself or the ancestor that holds the contract
    "extra": "VARCHAR",  # further attributes, a JSON object
    "contract_mrr_minor": "BIGINT",  # the holder's MRR, which `mrr_minor` counts only once, at the holder
    "plan_features": "BIGINT",  # key features of the plan, as a bit mask
    "plan_feature_count": "BIGINT",  # how many those are
    "key_feature_count": "BIGINT",  # key features of the project
}
