"""What all services of a stack share."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.edge.edge import Edge
from components.network.network import Network
from components.service.cluster import Cluster
from components.service.task.image import Images
from components.shared.alarms import Alarms
from components.shared.secret_handle import SecretHandle


@dataclass(frozen=True)
class Infrastructure:
    """Where services run, what sends them requests, where their images and alarms go.

    `key_arn` is the stack's KMS key; `pull_secret` the Secrets Manager secret with the credentials
    of a private registry.
    """

    cluster: Cluster
    network: Network
    edge: Edge
    images: Images
    alarms: Alarms
    key_arn: pulumi.Input[str]
    pull_secret: SecretHandle | None = None

    @property
    def pull_credentials_arn(self) -> pulumi.Input[str] | None:
        return self.pull_secret.arn if self.pull_secret else None
