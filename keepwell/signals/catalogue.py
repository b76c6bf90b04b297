"""The catalogue of signals that ship with the product, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from keepwell.signals.billing import BILLING_SIGNALS
from keepwell.signals.contact import CONTACT_SIGNALS
from keepwell.signals.contract import CONTRACT_SIGNALS
from keepwell.signals.depth import DEPTH_SIGNALS
from keepwell.signals.flags import FLAG_SIGNALS
from keepwell.signals.handoff import HANDOFF_SIGNALS
from keepwell.signals.people import PEOPLE_SIGNALS
from keepwell.signals.plan import PLAN_SIGNALS
from keepwell.signals.profile import PROFILE_SIGNALS
from keepwell.signals.revenue import REVENUE_SIGNALS
from keepwell.signals.support import SUPPORT_SIGNALS
from keepwell.signals.usage import USAGE_SIGNALS
from keepwell.signals.voice import VOICE_SIGNALS
from keepwell.words.reading import Signal

CATALOGUE: Mapping[str, Signal] = MappingProxyType(
    {
        signal.name: signal
        for group in (
            USAGE_SIGNALS,  # use, rhythm, licences
            DEPTH_SIGNALS,  # features, work per person
            SUPPORT_SIGNALS,  # load, incidents, service
            BILLING_SIGNALS,  # paid, on time, undisputed
            REVENUE_SIGNALS,  # recurring revenue, seats, lines
            CONTRACT_SIGNALS,  # terms and decisions
            PEOPLE_SIGNALS,  # champion, executives, breadth
            CONTACT_SIGNALS,  # replies, meetings, tone
            VOICE_SIGNALS,  # NPS and pulse
            PLAN_SIGNALS,  # milestones, goals, onboarding, delivery
            FLAG_SIGNALS,  # risks and news
            HANDOFF_SIGNALS,  # ready for customer success?
            PROFILE_SIGNALS,  # age and lifecycle
        )
        for signal in group
    }
)
