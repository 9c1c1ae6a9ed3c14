"""Renders the configuration of the monitoring: rules, dashboards, Alertmanager, Prometheus."""
