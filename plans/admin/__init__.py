"""Plans and protocols in the back office: managers read them there. What changes a plan goes through the actions."""

from plans.admin.cases import ProtocolCaseAdmin
from plans.admin.plans import PlanAdmin
from plans.admin.protocols import ProtocolVersionAdmin

__all__ = ["PlanAdmin", "ProtocolCaseAdmin", "ProtocolVersionAdmin"]
