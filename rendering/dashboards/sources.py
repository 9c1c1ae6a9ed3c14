"""The data sources, by the uids that Grafana is provisioned with."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import DataSourceRef

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="prometheus")
LOKI = DataSourceRef(type_val="loki", uid="loki")
ALERTMANAGER = DataSourceRef(type_val="alertmanager", uid="alertmanager")
CLOUDWATCH = DataSourceRef(type_val="cloudwatch", uid="cloudwatch")
# Grafana's own, for panels whose queries ask several (public/app/plugins/datasource/mixed).
MIXED = DataSourceRef(type_val="datasource", uid="-- Mixed --")
