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
from settings.service import registries


@dataclass(frozen=True)
class Infrastructure:
    """Where services run, what sends them requests (nothing, where no service has a route), where
    their images and alarms go.

    `key_arn` is the stack's KMS key; `pull_secret` the Secrets Manager secret with the credentials
    of the private registry `registry` (registry and path before an image's name).
    """

    cluster: Cluster
    network: Network
    edge: Edge | None
    images: Images
    alarms: Alarms
    key_arn: pulumi.Input[str]
    registry: str
    pull_secret: SecretHandle | None = None

    def pull_secret_for(self, image: str) -> SecretHandle | None:
        """The credentials with which ECS pulls `image`: those of the registry, and no other's."""
        reference = registries.full_reference(image, self.registry)
        is_own = registries.host(reference) == registries.host(self.registry)
        return self.pull_secret if is_own else None
