"""Service level objectives as data (monitoring/slo.yml), and the Prometheus rules that follow."""
