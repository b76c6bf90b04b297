"""An evaluation as one page of HTML that needs nothing else: tables, and charts drawn as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from keepwell.show.evaluation import compared_sentence, examples_sentence
from keepwell.words.learning import Border, Evaluation, Predictor, Tenth, TrainReport

WIDTH, HEIGHT, MARGIN = 420, 300, 40
MEASURES = (("auc", "AUC"), ("pr_auc", "PR-AUC"), ("brier", "Brier"), ("log_loss", "Log-loss"), ("ece", "ECE"))
WORDS = ("next to go", "outcome", "read at the time")  # columns that hold no figures
STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  color: light-dark(#1b1f24, #e6e8eb); background: light-dark(#fff, #14171a); }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; margin: .6rem 0; }
th, td { padding: .25rem .8rem .25rem 0; text-align: right; border-bottom: 1px solid light-dark(#d9dde2, #363c43); }
td { white-space: nowrap; } .wide { overflow-x: auto; }
th:first-child, td:first-child, th.text, td.text { text-align: left; } td.text { white-space: normal; }
.note { padding: .6rem 1rem; border-left: 4px solid currentColor; background: light-dark(#f3f5f7, #1f2429); }
.small { font-size: .85rem; color: light-dark(#57606a, #9aa4ae); }
figure { margin: 0; display: inline-block; vertical-align: top; max-width: 100%; }
svg { max-width: 100%; height: auto; } svg text { font-size: 12px; fill: currentColor; }
"""


def page(*given: Evaluation, trained: TrainReport | None = None) -> str:
    """The whole page, a part for each scorecard; it loads nothing from anywhere."""
    title = escape(", ".join(it.scorecard for it in given))
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    body = "".join(part for it in given for part in _parts(it, trained))
    return f"{head}{view}<style>{STYLE}</style></head><body>{body}</body></html>\n"


def _parts(it: Evaluation, trained: TrainReport | None) -> list[str]:
    return [
        f"<h1>{escape(it.scorecard)}: how well it foretells</h1>",
        f"<p>{examples_sentence(it)}. {escape(it.how[:1].upper() + it.how[1:])}.</p>",
        *(f'<p class="note">{escape(note)}</p>' for note in (*it.notes, *(trained.warnings if trained else ()))),
        *(_training(trained) if trained is not None else ()),
        "<h2>Beside what else could be done</h2>",
        _predictors(it.predictors),
        *(f"<p>AUC against {escape(w)}: {g.value:+.3f} ({g.low:+.3f} to {g.high:+.3f})</p>" for w, g in it.beats),
        *_compared(trained),
        *(["<h2>The newest window, held out</h2>", _predictors(it.last_window)] if it.last_window else []),
        "<h2>Foretold and observed</h2>",
        _calibration(it.tenths),
        _lift(it.tenths),
        _tenths(it.tenths),
        *(["<h2>What each tier meant</h2>", _zones(it)] if it.zones else []),
        *(["<h2>Warning about everyone under a border</h2>", _borders(it.borders)] if it.borders else []),
        *_beside(it),
        "<h2>What those with the outcome read beforehand</h2>",
        _contrasts(it),
        "<h2>Where it was most wrong</h2>",
        _misses(it),
    ]


def _compared(trained: TrainReport | None) -> Iterable[str]:
    said = compared_sentence(trained) if trained is not None else None
    return () if said is None else (f"<p>{escape(said)}</p>",)


def _beside(it: Evaluation) -> Iterable[str]:
    """How early, for whom, and whether better than the owners' own view."""
    if it.lead_time is not None:
        lead, days = it.lead_time, it.lead_time.median_days
        rows = [
            ("accounts with the outcome and a reading before it", f"{lead.accounts:,}"),
            (f"under {lead.border:g} at the last reading", f"{lead.warned:,}"),
            ("since, at the median", "–" if days is None else f"{days:.0f} days"),
            ("under it 60 to 90 days before", f"{lead.in_time:,} of {lead.readable:,}"),
            ("under it without an outcome in 90 days", _share(lead.usual)),
        ]
        yield f"<h2>How early it warned</h2>{_table(('', ''), rows)}"
    if it.trend is not None:
        t = it.trend
        shares = [
            (
                f"fell {t.least_fall:g} or more points in a month",
                f"{t.falling:,}",
                _share(t.worse_if_falling),
                _share(t.gone_if_falling),
            ),
            ("did not", f"{t.others:,}", _share(t.worse_if_not), _share(t.gone_if_not)),
        ]
        head = ("90 days later", "readings", "as much worse again, or gone", "gone")
        yield f"<h2>Whether a fall goes on</h2>{_table(head, shares)}"
    if it.pulse is not None:
        p = it.pulse
        rows = [(who, f"{e.value:.3f} ({e.low:.3f}–{e.high:.3f})") for who, e in (("card", p.card), ("pulse", p.pulse))]
        what = f"{p.rows:,} readings with a pulse, {p.events:,} outcomes"
        yield f"<h2>Beside the owners' own view</h2><p>{what}; {p.gain.value:+.3f} ({p.gain.low:+.3f} to {p.gain.high:+.3f}).</p>"
        yield _table(("", "AUC"), rows)
    if it.segments:
        cells = [
            (s.segment, f"{s.rows:,}", f"{s.events:,}", _share(s.foretold), _share(s.observed),
             "too few" if s.auc is None else f"{s.auc.value:.3f} ({s.auc.low:.3f}–{s.auc.high:.3f})")
            for s in it.segments
        ]  # fmt: skip
        columns = ("segment", "examples", "outcomes", "foretold", "observed", "AUC")
        yield f"<h2>By segment</h2>{_table(columns, cells)}"
    if it.mrr_auc is not None:
        yield f'<p class="small">AUC with every account counted by its revenue: {it.mrr_auc:.3f}</p>'


def _training(it: TrainReport) -> Iterable[str]:
    yield f'<p class="note">{escape(it.rung)}; may {escape(it.authority)}: {escape("; ".join(it.reasons))}.</p>'
    if it.signals:
        yield "<h2>The card</h2>"
        rows = [(s.title, str(s.rows), f"{s.lowest:+d}", f"{s.highest:+d}") for s in it.signals]
        yield _table(("signal", "rows", "least", "most"), rows)
    if it.selection:
        yield "<h2>What fewer signals cost</h2>"
        titles = _titles(it.evaluation)
        steps = [
            (str(s.signals), f"{s.log_loss:.4f}", titles.get(s.dropped_next or "", s.dropped_next or ""))
            for s in it.selection
        ]
        yield _table(("signals", "log-loss held out", "next to go"), steps)
    for leak in it.leaks:
        yield f'<p class="note">Accepted in writing: {escape(leak.text)}</p>'


def _predictors(given: Sequence[Predictor]) -> str:
    rows = []
    for one in given:
        cells = (one.estimate(name) for name, _ in MEASURES)
        rows.append((one.name, *(f"{c.value:.3f} ({c.low:.3f}–{c.high:.3f})" for c in cells)))
    return _table(("", *(title for _, title in MEASURES)), rows)


def _tenths(given: Sequence[Tenth]) -> str:
    rows = [
        (str(n), f"{t.rows:,}", _share(t.foretold), _share(t.observed), f"{t.lift:.1f}", _share(t.captured))
        for n, t in enumerate(given, 1)
    ]
    return _table(("tenth, riskiest first", "examples", "foretold", "observed", "lift", "of all outcomes"), rows)


def _zones(it: Evaluation) -> str:
    rows = [
        (z.tier, "" if z.border is None else f"{z.border:g}", f"{z.rows:,}", _share(z.foretold), _share(z.observed),
         "–" if z.per_year is None else _share(z.per_year))
        for z in it.zones
    ]  # fmt: skip
    return _table(("tier", "from", "examples", "foretold", "observed", "observed, per year"), rows)


def _borders(given: Sequence[Border]) -> str:
    rows = [
        (f"under {b.border:g}", f"{b.warned:,}", f"{b.right:,}", f"{b.missed:,}", _share(b.accuracy),
         _share(b.false_positive_rate), _share(b.false_negative_rate))
        for b in given
    ]  # fmt: skip
    return _table(("", "warned", "rightly", "missed", "accuracy", "false positives", "false negatives"), rows)


def _contrasts(it: Evaluation) -> str:
    rows = [
        (
            ": ".join(filter(None, (c.title or c.signal, c.category))),
            _amount(c.with_outcome, c.unit),
            _amount(c.without, c.unit),
            f"{c.auc:.3f}",
        )
        for c in it.contrasts
    ]
    return _table(("signal", "with the outcome (median, or share)", "without", "AUC alone"), rows)


def _titles(it: Evaluation | None) -> dict[str, str]:
    """Signal → its title."""
    return {c.signal: c.title or c.signal for c in it.contrasts} if it is not None else {}


def _misses(it: Evaluation) -> str:
    titles = _titles(it)
    rows = [
        (m.key, "–" if m.score is None else f"{m.score:.0f}", _share(m.foretold), "happened" if m.happened else "did not",
         ", ".join(f"{titles.get(name, name)}: {value}" for name, value in m.evidence))
        for m in it.misses
    ]  # fmt: skip
    return _table(("account", "score", "foretold", "outcome", "read at the time"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that is pushed sideways where the screen is narrow: a figure and its interval stay on one line."""
    kinds = [' class="text"' if title in WORDS else "" for title in head]
    top = "".join(f"<th{kind}>{escape(cell)}</th>" for kind, cell in zip(kinds, head, strict=True))
    body = "".join(f"<tr>{_cells(row, kinds)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _cells(row: Sequence[str], kinds: Sequence[str]) -> str:
    return "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _amount(value: float | None, unit: str) -> str:
    return f"{_number(value)} {unit}" if value is not None and unit else _number(value)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}"


# --- charts


def _calibration(given: Sequence[Tenth]) -> str:
    top = max((max(t.foretold, t.observed) for t in given), default=1.0) * 1.05 or 1.0
    dots = "".join(
        f'<circle cx="{_x(t.foretold / top):.1f}" cy="{_y(t.observed / top):.1f}" r="5" fill="#2f6fdb"/>' for t in given
    )
    line = f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="currentColor" stroke-dasharray="4 4"/>'
    return _chart(
        "Foretold against observed, by tenths; on the line both agree", line + dots, (_share(top), "foretold")
    )


def _lift(given: Sequence[Tenth]) -> str:
    width = (WIDTH - 2 * MARGIN) / max(len(given), 1)
    top = max((t.lift for t in given), default=1.0) or 1.0
    bars = "".join(
        f'<rect x="{MARGIN + n * width + 2:.1f}" y="{_y(t.lift / top):.1f}" width="{width - 4:.1f}"'
        f' height="{_y(0) - _y(t.lift / top):.1f}" fill="#2f6fdb"/>'
        for n, t in enumerate(given)
    )
    return _chart(
        "Outcomes in each tenth, riskiest first, as a multiple of the base rate", bars, (f"{top:.1f}×", "tenths")
    )


def _chart(title: str, inside: str, labels: tuple[str, str]) -> str:
    top, below = labels
    axes = (
        f'<path d="M{_x(0)} {_y(1)} V{_y(0)} H{_x(1)}" fill="none" stroke="currentColor"/>'
        f'<text x="4" y="{_y(1) - 8}">{escape(top)}</text>'
        f'<text x="{_x(1)}" y="{HEIGHT - 14}" text-anchor="end">{escape(below)}</text>'
    )
    return (
        f'<figure><svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" aria-label="{escape(title)}">{axes}'
        f'{inside}</svg><figcaption class="small">{escape(title)}</figcaption></figure>'
    )


def _x(share: float) -> float:
    return MARGIN + share * (WIDTH - 2 * MARGIN)


def _y(share: float) -> float:
    return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)
