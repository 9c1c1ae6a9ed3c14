"""Monitoring: Prometheus, Grafana, Loki, and who is notified."""
