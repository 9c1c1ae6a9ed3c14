"""Grafana's dashboards as code: `make dashboards` renders them, docs/dashboards/ has pictures."""
