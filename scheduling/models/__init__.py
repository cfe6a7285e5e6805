"""Tables of when and where: appointments, series, closed time, waiting list, feeds and messages."""

from scheduling.models.appointments import Appointment, AppointmentKind, Series
from scheduling.models.blocks import RecurringBlock
from scheduling.models.messages import CalendarFeed, Message
from scheduling.models.plans import PlanToSchedule
from scheduling.models.wishes import DroppedSession, Offer, PlanWishes, WaitingListEntry

__all__ = [
    "Appointment",
    "AppointmentKind",
    "CalendarFeed",
    "DroppedSession",
    "Message",
    "Offer",
    "PlanToSchedule",
    "PlanWishes",
    "RecurringBlock",
    "Series",
    "WaitingListEntry",
]
