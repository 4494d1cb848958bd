"""How long an example takes to make says how busy the machine is, and nothing of the rules."""

from hypothesis import HealthCheck, settings

settings.register_profile("portal", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("portal")
