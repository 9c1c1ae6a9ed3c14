"""The maintenance section of edge."""

from __future__ import annotations

from pydantic import Field

from settings.section import Section


class MaintenanceSettings(Section):
    """While it is on, the load balancer answers every request itself, with 503 and the message;
    services keep running, and deployments go on. Requests to Grafana are answered so too."""

    enabled: bool = Field(default=False, description="true or false.")
    message: str = Field(
        default="Down for maintenance. Please try again later.",
        min_length=1,
        max_length=1024,
        description="What users read, 1024 characters at most; HTML where it begins with <.",
    )

    @property
    def content_type(self) -> str:
        return "text/html" if self.message.startswith("<") else "text/plain"
