"""Plans, protocols and questionnaires in the back office. What changes a plan goes through the actions."""

from plans.admin.attention import OpenIntakeAdmin
from plans.admin.cases import ProtocolCaseAdmin
from plans.admin.plans import PlanAdmin
from plans.admin.protocols import ProtocolVersionAdmin
from plans.admin.questionnaires import QuestionnaireVersionAdmin
from plans.admin.queue import PlanToReviewAdmin

__all__ = [
    "OpenIntakeAdmin",
    "PlanAdmin",
    "PlanToReviewAdmin",
    "ProtocolCaseAdmin",
    "ProtocolVersionAdmin",
    "QuestionnaireVersionAdmin",
]
