"""WSGI entry point, served by granian. Refuses to load where production is not safe."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.checks import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
refuse_unsafe_start()
import_module(settings.ROOT_URLCONF)  # every view is loaded now, and not within somebody's first request
gc.freeze()  # what is loaded by now stays: a collection would walk through all of it each time, and find nothing
gc.set_threshold(10_000, 5, 5)  # a proposal makes a hundred thousand small objects, hardly any of them in a circle
