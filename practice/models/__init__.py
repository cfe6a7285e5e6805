"""Tables of the practice: its people and its access log."""

from practice.models.access_log import AccessEvent
from practice.models.staff import RoleGrant, Staff

__all__ = ["AccessEvent", "RoleGrant", "Staff"]
