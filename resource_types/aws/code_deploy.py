"""CodeDeploy, for services that it deploys."""

from __future__ import annotations

from resource_types.model import ResourceType, Service, arn
from resource_types.refusals import Needed, taken
from resource_types.scope import scope

TYPES = (
    ResourceType(
        "aws:codedeploy/application:Application",
        read="codedeploy: GetApplication ListTagsForResource",
        write=(
            "codedeploy: CreateApplication UpdateApplication DeleteApplication TagResource "
            "UntagResource"
        ),
        in_pull_requests=False,
        replace_on_changes="computePlatform",
        id="{uuid}",
        outputs={
            "arn": arn("codedeploy", "application:{name}"),
            "applicationId": "{id}",
        },
        name_property="name",
        refusals=(
            taken(
                "name",
                "ApplicationAlreadyExistsException: Application already exists: {name}",
                "CodeDeploy API, CreateApplication",
            ),
        ),
    ),
    ResourceType(
        "aws:codedeploy/deploymentConfig:DeploymentConfig",
        read="codedeploy: GetDeploymentConfig",
        write="codedeploy: CreateDeploymentConfig DeleteDeploymentConfig",
        in_pull_requests=False,
        replace_on_changes=(
            "deploymentConfigName computePlatform minimumHealthyHosts trafficRoutingConfig "
            "zonalConfig"
        ),
        id="{name}",
        outputs={
            "arn": arn("codedeploy", "deploymentconfig:{name}"),
            "deploymentConfigId": "{uuid}",
        },
        name_property="deploymentConfigName",
        refusals=(
            taken(
                "deploymentConfigName",
                "DeploymentConfigAlreadyExistsException: {deploymentConfigName} already exists",
                "CodeDeploy API, CreateDeploymentConfig",
            ),
            Needed(
                users={"aws:codedeploy/deploymentGroup:DeploymentGroup": "deploymentConfigName"},
                by="deploymentConfigName",
                error="DeploymentConfigInUseException: {deploymentConfigName} is in use",
                source="CodeDeploy API, DeleteDeploymentConfig, Errors",
            ),
        ),
    ),
    ResourceType(
        "aws:codedeploy/deploymentGroup:DeploymentGroup",
        read="codedeploy: GetDeploymentGroup ListTagsForResource",
        write=(
            "codedeploy: CreateDeploymentGroup UpdateDeploymentGroup DeleteDeploymentGroup "
            "TagResource UntagResource"
        ),
        passes_role_to="codedeploy.amazonaws.com",
        in_pull_requests=False,
        replace_on_changes="appName",
        id="{uuid}",
        outputs={
            "arn": arn(
                "codedeploy", "deploymentgroup:{inputs[appName]}/{inputs[deploymentGroupName]}"
            ),
            "computePlatform": "ECS",
            "deploymentGroupId": "{id}",
        },
        refusals=(
            taken(
                "appName deploymentGroupName",
                "DeploymentGroupAlreadyExistsException: {deploymentGroupName} already exists",
                "CodeDeploy API, CreateDeploymentGroup",
            ),
        ),
    ),
)

SCOPES = (
    scope(r"codedeploy: (Batch)?Get\w*DeploymentTargets? ListDeploymentTargets", "*"),
    scope("codedeploy: ContinueDeployment StopDeployment", "*", when="request_region"),
    scope("codedeploy: GetDeploymentConfig", ":deploymentconfig:CodeDeployDefault.*"),
    scope(
        r"codedeploy: (?!ContinueDeployment|StopDeployment|\w+DeploymentTargets?$)\w+",
        ":application:{n}",
        ":deploymentgroup:{n}/*",
        ":deploymentconfig:{n}",
    ),
)
SERVICE = Service("services", TYPES, scopes=SCOPES)
