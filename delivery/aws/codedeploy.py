"""The part of CodeDeploy that delivery calls, typed. Source: AWS CodeDeploy API Reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Required, TypedDict


class AppSpecContent(TypedDict, total=False):
    content: str
    sha256: str


class Revision(TypedDict, total=False):
    revisionType: str
    appSpecContent: AppSpecContent
    string: AppSpecContent


class ErrorInformation(TypedDict, total=False):
    code: str
    message: str


class RollbackInfo(TypedDict, total=False):
    rollbackDeploymentId: str
    rollbackTriggeringDeploymentId: str
    rollbackMessage: str


class DeploymentInfo(TypedDict, total=False):
    deploymentId: Required[str]
    status: Required[str]
    creator: str
    description: str
    revision: Revision
    errorInformation: ErrorInformation
    rollbackInfo: RollbackInfo


class GotDeployment(TypedDict):
    deploymentInfo: DeploymentInfo


class CreatedDeployment(TypedDict):
    deploymentId: str


class CodeDeployApi(Protocol):
    """boto3's CodeDeploy client."""

    def list_deployments(self, **given: Any) -> Mapping[str, Any]: ...

    def get_deployment(self, *, deploymentId: str) -> GotDeployment: ...

    def create_deployment(
        self,
        *,
        applicationName: str,
        deploymentGroupName: str,
        revision: Revision,
        description: str,
    ) -> CreatedDeployment: ...

    def stop_deployment(self, *, deploymentId: str, autoRollbackEnabled: bool) -> object: ...

    def list_deployment_targets(self, **given: Any) -> Mapping[str, Any]: ...

    def batch_get_deployment_targets(
        self, *, deploymentId: str, targetIds: Sequence[str]
    ) -> Mapping[str, Any]: ...
