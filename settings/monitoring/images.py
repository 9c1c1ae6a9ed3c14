"""Images of the monitoring, by the name that each has under images/ and in images.digests.

Those of `NAMES` are also the names of their services.
"""

PROMETHEUS, ALERTMANAGER, GRAFANA, LOKI = "prometheus", "alertmanager", "grafana", "loki"
NAMES = (PROMETHEUS, ALERTMANAGER, GRAFANA, LOKI)
EXPORTERS_IMAGE = "exporters"
LOG_ROUTER_IMAGE = "fluent-bit"
