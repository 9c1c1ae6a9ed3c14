"""Prometheus, Alertmanager, Grafana, Loki."""
