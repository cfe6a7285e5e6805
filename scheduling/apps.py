from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = _("Scheduling")
    tick_jobs = [
        "scheduling.actions.expire_offers",
        "scheduling.actions.expire_holds",
        "scheduling.actions.plan_reminders",
        "scheduling.actions.ask_to_send",
    ]
