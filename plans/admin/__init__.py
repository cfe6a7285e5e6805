"""Plans and protocols in the back office: managers read them there. What changes a plan goes through the actions."""

from plans.admin.attention import OpenIntakeAdmin
from plans.admin.cases import ProtocolCaseAdmin
from plans.admin.plans import PlanAdmin
from plans.admin.protocols import ProtocolVersionAdmin
from plans.admin.queue import PlanToReviewAdmin

__all__ = ["OpenIntakeAdmin", "PlanAdmin", "PlanToReviewAdmin", "ProtocolCaseAdmin", "ProtocolVersionAdmin"]
