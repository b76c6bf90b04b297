"""A project's own signals from YAML to readings, and one account alone as in the batch (SEMANTICS, rules 9 and 10)."""

from pathlib import Path
from random import Random

import pytest

from keepwell.signals.project_yaml import parse_signal
from keepwell.words.reading import Signal
from tests.company import Company
from tests.signals.conftest import AS_OF, at_back, customer, day_back

TAIL = 'better: lower\nsentence: "{v}"\nnext_step: Look at it.\n'
OWN = {
    "logins_a_week": "unit: {name: logins a week, scale: 100}\nfacts: usage_event\nwhere: feature = 'login'\nwindow: 28\n"
    "aggregate: count\nper: week\n",
    "bad_ratings": 'unit: "%"\nfacts: ticket\naggregate: {ratio: {part: csat <= 2, of: csat IS NOT NULL}}\nat_least: 2\n',
    "ticket_change": 'unit: "%"\nfacts: ticket\nwindow: 28\naggregate: change\nat_least: 3\n',
    "tickets_a_seat": "unit: {name: tickets a seat, scale: 1000}\nfacts: ticket\nwindow: 90\naggregate: count\nper: seat\n",
    "last_rating": "unit: score\nfacts: ticket\nwhere: csat IS NOT NULL\naggregate: {last: csat}\n",
    "mean_rating": "unit: {name: stars, scale: 100}\nfacts: ticket\naggregate: {mean: csat}\n",
    "askers": "unit: people\nfacts: ticket\naggregate: {distinct: requester}\n",
    "quiet_support": "unit: days\nfacts: ticket\naggregate: days_since\n",
    "next_due": "unit: days\nfacts: invoice\naggregate: {days_until: due_day}\n",
    "billed": "unit: money\nfacts: invoice\nwindow: 365\naggregate: {sum: amount_rep}\ninherited: true\n",
    "numbered_askers": "unit: count\nfacts: ticket\nwhere: cast(requester as bigint) > 0\naggregate: count\n",
    "highest_asker": "unit: count\nselect: |\n  select t.account_id, t.as_of,\n"
    "    max(cast(requester as bigint) + cast(json_extract_string(a.a_extra, '$.n') as bigint)) as value from ticket t\n"
    "  join attributes a on a.account_id = t.account_id and a.as_of = t.as_of group by t.account_id, t.as_of\n",
    "longest_gap": "unit: days\nselect: |\n  select account_id, as_of, max(gap) as value from (\n"
    "    select account_id, as_of, day - lag(day) over (partition by account_id, as_of order by day, external_id) as gap\n"
    "    from ticket) g\n  group by account_id, as_of\n",
    "busy_threads": "unit: count\nselect: |\n  with t as (select account_id, as_of, requester, count(*) as n from ticket\n"
    "    group by account_id, as_of, requester)\n"
    "  select t.account_id, t.as_of, count_if(t.n > 1) * 10 + max(a.a_seats) as value\n"
    "  from t join attributes a on a.account_id = t.account_id and a.as_of = t.as_of group by t.account_id, t.as_of\n",
}


def own(name: str) -> Signal:
    return parse_signal(f"signal: {name}\n{OWN[name]}{TAIL}", Path(f"{name}.yml"))


def ticket(c: Company, account: str, ago: int, csat: int | None = None, requester: str = "a") -> None:
    c.fact("ticket", f"t{c.seq}", account, opened_at=at_back(ago), csat=csat, requester=requester)


def write(c: Company) -> None:
    customer(c, "one", extra="{no JSON")
    customer(c, "none")
    for n in range(6):
        c.used("one", day_back(n * 4).isoformat(), feature="login")
    for ago, csat in ((3, 1), (10, 5), (12, None), (40, 4)):
        ticket(c, "one", ago, csat)
    ticket(c, "one", 70, requester="b")
    for n, due in enumerate((-9, -20, 5)):
        c.fact("invoice", f"i{n}", "one", issued_day=day_back(25), due_day=day_back(due), amount=1_050, currency="EUR")
    random = Random(7)  # noqa: S311  # facts, not secrets
    for n in range(20):
        name = f"r{n:02}"
        customer(c, name)
        for _ in range(random.randrange(8)):
            ticket(c, name, random.randrange(200), random.choice([None, 1, 3, 5]), random.choice("ab"))


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    company = Company(Path(tmp_path_factory.mktemp("own")))
    write(company)
    company.publish()
    return company


VALUES = {
    "logins_a_week": 150,
    "bad_ratings": 333_333,
    "ticket_change": 2_000_000,
    "tickets_a_seat": 500,
    "last_rating": 1,
    "mean_rating": 333,
    "askers": 2,
    "quiet_support": 3,
    "next_due": 9,
    "billed": 3_150,
    "numbered_askers": 0,
    "highest_asker": None,  # nothing in it is a number, which is no reason to stop
    "longest_gap": 30,
    "busy_threads": 20,
}
OF_NOTHING = {
    "numbered_askers": 0,
    "logins_a_week": 0,
    "tickets_a_seat": 0,
    "askers": 0,
    "quiet_support": (AS_OF - day_back(911)).days,
    "billed": 0,
}


def test_every_way_of_aggregating_reads_right(company: Company) -> None:
    rows = company.readings(AS_OF.isoformat(), [own(name) for name in OWN], ["one", "none"])
    assert {name: rows["one"][f"v_{name}"] for name in OWN} == VALUES
    assert {name: rows["none"][f"v_{name}"] for name in OWN} == {name: OF_NOTHING.get(name) for name in OWN}


def test_one_account_alone_reads_as_in_the_batch(company: Company) -> None:
    signals = [own(name) for name in OWN]
    batch = company.readings(AS_OF.isoformat(), signals)
    for account in ("one", "r03"):
        assert company.readings(AS_OF.isoformat(), signals, [account])[account] == batch[account]
