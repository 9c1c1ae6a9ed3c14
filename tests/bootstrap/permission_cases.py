"""What roles must not do and what they may do: role, action, resource, condition keys."""

from __future__ import annotations

from tests.bootstrap import account

HERE = "eu-west-1:123456789012"
IAM = "arn:aws:iam::123456789012"
BOUNDARY = f"{IAM}:policy/plataforma-boundary-staging"
PRODS = f"{IAM}:policy/plataforma-boundary-prod"
EPHEMERALS = f"{IAM}:policy/plataforma-boundary-ephemeral"
STATE = "arn:aws:s3:::acme-plataforma-state"
TASK_ROLE = f"{IAM}:role/plataforma-staging-backend-task"
KEY = f"arn:aws:kms:{HERE}:key/0"
VPC = f"arn:aws:ec2:{HERE}:vpc/vpc-0"
SUBNET = f"arn:aws:ec2:{HERE}:subnet/subnet-0"
GROUP = f"arn:aws:ec2:{HERE}:security-group/sg-0"
RULE = f"arn:aws:ec2:{HERE}:security-group-rule/*"
STAGING = {"_t_Environment": "staging", "_t_Project": "plataforma"}
PROD = {"_t_Environment": "prod", "_t_Project": "plataforma"}
KEPT = {"_t_Environment": "account", "_t_Project": "plataforma"}
MARK = {"_r_Environment": "staging", "_r_Project": "plataforma"}
INTERFACE = f"arn:aws:ec2:{HERE}:network-interface/*"
VIA_SERVICE = {"aws__ViaAWSService": "true"}
VIA = {"kms__ViaService": "ssm.eu-west-1.amazonaws.com"}
# Role, action, resource, context.
FORBIDDEN: list[tuple[str, str, str, dict[str, str]]] = [
    (
        "deploy-staging",
        "ecs:RunTask",
        f"arn:aws:ecs:{HERE}:task-definition/plataforma-staging-m:7",
        {"ecs__cluster": f"arn:aws:ecs:{HERE}:cluster/plataforma-prod"},
    ),
    (
        "ephemeral",
        "iam:AttachRolePolicy",
        f"{IAM}:role/plataforma-pr42-backend-rollout",
        {
            "iam__PermissionsBoundary": EPHEMERALS,
            "iam__PolicyARN": "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS",
        },
    ),
    ("deploy-staging", "iam:CreateRole", TASK_ROLE, {}),
    ("deploy-staging", "iam:CreateRole", TASK_ROLE, {"iam__PermissionsBoundary": f"{BOUNDARY}2"}),
    ("deploy-staging", "iam:PutRolePolicy", TASK_ROLE, {}),
    ("deploy-staging", "iam:DeleteRolePermissionsBoundary", TASK_ROLE, {}),
    (
        "deploy-staging",
        "iam:PutRolePermissionsBoundary",
        TASK_ROLE,
        {"iam__PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    (
        "deploy-staging",
        "iam:AttachRolePolicy",
        TASK_ROLE,
        {
            "iam__PermissionsBoundary": BOUNDARY,
            "iam__PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess",
        },
    ),
    ("deploy-staging", "iam:PassRole", TASK_ROLE, {"iam__PassedToService": "ec2.amazonaws.com"}),
    ("deploy-staging", "iam:PassRole", TASK_ROLE, {"iam__PassedToService": "lambda.amazonaws.com"}),
    (
        "deploy-staging",
        "iam:PassRole",
        f"{IAM}:role/plataforma-prod-backend-task",
        {"iam__PassedToService": "ecs-tasks.amazonaws.com"},
    ),
    (
        "deploy-staging",
        "iam:PassRole",
        f"{IAM}:role/Administrator",
        {"iam__PassedToService": "ecs-tasks.amazonaws.com"},
    ),
    *[
        (role, action, f"{IAM}:role/plataforma-{role}", {"iam__PermissionsBoundary": BOUNDARY})
        for role in account.PIPELINE_ROLES
        for action in ("iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole")
    ],
    ("deploy-staging", "ecs:DeleteCluster", f"arn:aws:ecs:{HERE}:cluster/plataforma-staging2", {}),
    ("deploy-prod", "iam:CreatePolicyVersion", PRODS, {}),
    ("deploy-prod", "iam:DeletePolicy", PRODS, {}),
    (
        "deploy-prod",
        "iam:UpdateOpenIDConnectProviderThumbprint",
        f"{IAM}:oidc-provider/token.actions.githubusercontent.com",
        {},
    ),
    ("deploy-prod", "sts:AssumeRole", f"{IAM}:role/Administrator", {}),
    ("deploy-prod", "iam:CreateUser", f"{IAM}:user/plataforma-prod-x", {}),
    (
        "deploy-prod",
        "iam:CreateServiceLinkedRole",
        f"{IAM}:role/aws-service-role/organizations.amazonaws.com/x",
        {"iam__AWSServiceName": "organizations.amazonaws.com"},
    ),
    ("deploy-staging", "kms:Decrypt", account.key_arn("secrets-prod"), {}),
    ("preview-staging", "kms:Decrypt", account.key_arn("secrets-prod"), {}),
    ("ephemeral", "kms:Decrypt", account.key_arn("secrets-prod"), {}),
    ("ephemeral", "kms:Decrypt", account.key_arn("secrets-staging"), {}),
    ("preview-prod", "kms:Encrypt", account.key_arn("secrets-prod"), {}),
    ("deploy-prod", "kms:ScheduleKeyDeletion", account.key_arn("secrets-prod"), KEPT),
    ("deploy-prod", "kms:Decrypt", account.key_arn("state"), {}),
    ("deploy-staging", "kms:Decrypt", KEY, PROD | VIA),
    ("deploy-staging", "kms:ScheduleKeyDeletion", KEY, PROD),
    ("deploy-staging", "kms:PutKeyPolicy", KEY, KEPT),
    ("deploy-staging", "kms:TagResource", KEY, PROD | MARK),
    ("deploy-staging", "kms:TagResource", KEY, KEPT | MARK),
    ("deploy-staging", "ec2:CreateTags", GROUP, PROD | MARK),
    ("deploy-staging", "ec2:AuthorizeSecurityGroupIngress", GROUP, PROD),
    ("deploy-prod", "ec2:AuthorizeSecurityGroupIngress", RULE, MARK),
    ("deploy-staging", "ec2:CreateSubnet", f"arn:aws:ec2:{HERE}:vpc/vpc-0", PROD | MARK),
    ("deploy-staging", "ec2:CreateVpc", f"arn:aws:ec2:{HERE}:vpc/vpc-0", {}),
    ("deploy-staging", "s3:PutObject", f"{STATE}/.pulumi/stacks/plataforma/prod.json", {}),
    ("deploy-staging", "s3:GetObject", f"{STATE}/.pulumi/stacks/plataforma/prod.json", {}),
    ("deploy-staging", "s3:GetObject", f"{STATE}/.pulumi/stacks/another/staging.json", {}),
    ("deploy-staging", "s3:PutObject", f"{STATE}/.pulumi/meta.yaml", {}),
    ("deploy-prod", "s3:PutObject", f"{STATE}/.pulumi/stacks/plataforma/staging.json", {}),
    (
        "deploy-prod",
        "s3:PutObject",
        f"{STATE}/.pulumi/stacks/plataforma-bootstrap/account.json",
        {},
    ),
    (
        "deploy-prod",
        "s3:GetObject",
        f"{STATE}/.pulumi/stacks/plataforma-bootstrap/account.json",
        {},
    ),
    ("deploy-prod", "s3:PutBucketPolicy", STATE, {}),
    ("deploy-prod", "s3:DeleteObjectVersion", f"{STATE}/.pulumi/stacks/plataforma/prod.json", {}),
    ("deploy-prod", "s3:GetObject", "arn:aws:s3:::someone-else/x", {}),
    ("deploy-staging", "ssm:GetParameter", f"arn:aws:ssm:{HERE}:parameter/plataforma/prod/X", {}),
    (
        "preview-staging",
        "secretsmanager:GetSecretValue",
        f"arn:aws:secretsmanager:{HERE}:secret:plataforma/prod/database-proxy-AbCdEf",
        {},
    ),
    (
        "preview-prod",
        "secretsmanager:GetSecretValue",
        f"arn:aws:secretsmanager:{HERE}:secret:shop/stripe-AbCdEf",
        {},
    ),
    (
        "preview-prod",
        "secretsmanager:GetSecretValue",
        f"arn:aws:secretsmanager:{HERE}:secret:rds!db-0",
        {},
    ),
    (
        "deploy-prod",
        "ecs:UpdateService",
        "arn:aws:ecs:us-east-1:123456789012:service/plataforma-prod/backend",
        {},
    ),
    (
        "deploy-staging",
        "logs:DeleteLogGroup",
        f"arn:aws:logs:{HERE}:log-group:/aws/rds/instance/plataforma-prod/postgresql",
        {},
    ),
    ("preview-prod", "s3:PutObject", f"{STATE}/.pulumi/stacks/plataforma/prod.json", {}),
    ("preview-prod", "s3:PutObject", f"{STATE}/.pulumi/locks/organization/plataforma/prod/x", {}),
    ("preview-prod", "ecs:RunTask", f"arn:aws:ecs:{HERE}:task-definition/plataforma-prod-x:1", {}),
    ("ephemeral", "ecs:UpdateService", f"arn:aws:ecs:{HERE}:service/plataforma-prod/api", {}),
    ("ephemeral", "s3:DeleteBucket", "arn:aws:s3:::plataforma-prod-logs-123456789012", {}),
    ("ephemeral", "kms:PutKeyPolicy", KEY, PROD),
    ("ephemeral", "ec2:CreateSecurityGroup", VPC, PROD),
    ("ephemeral", "ec2:CreateNetworkInterface", SUBNET, PROD | VIA_SERVICE),
    ("ephemeral", "ec2:CreateNetworkInterface", SUBNET, STAGING),
    ("ephemeral", "ec2:CreateSubnet", VPC, STAGING | MARK),
    ("ephemeral", "ec2:CreateVpc", VPC, MARK),
    ("ephemeral", "ec2:AuthorizeSecurityGroupIngress", GROUP, STAGING),
    ("ephemeral", "ec2:DeleteSecurityGroup", GROUP, STAGING),
    ("ephemeral", "s3:GetObject", f"{STATE}/.pulumi/stacks/plataforma/prod.json", {}),
    (
        "ephemeral",
        "iam:CreateRole",
        f"{IAM}:role/plataforma-prod-x",
        {"iam__PermissionsBoundary": EPHEMERALS},
    ),
    (
        "ephemeral",
        "iam:CreateRole",
        f"{IAM}:role/plataforma-preview-prod",
        {"iam__PermissionsBoundary": EPHEMERALS},
    ),
]

OWN = {"_t_Environment": "staging", "_t_Project": "plataforma"}
S3 = {"kms__ViaService": "s3.eu-west-1.amazonaws.com"}
PULL = {"_t_Environment": "pr42", "_t_Project": "plataforma"}
PULL_MARK = {"_r_Environment": "pr42", "_r_Project": "plataforma"}
ALLOWED: list[tuple[str, str, str, dict[str, str]]] = [
    # A stack file refers to a secret by any name; the provider reads its description alone.
    *[
        (role, action, f"arn:aws:secretsmanager:{HERE}:secret:shop/stripe-AbCdEf", {})
        for role in ("preview-prod", "deploy-staging", "ephemeral")
        for action in ("secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy")
    ],
    ("deploy-prod", "kms:Decrypt", account.key_arn("secrets-prod"), {}),
    ("preview-prod", "kms:Decrypt", account.key_arn("secrets-prod"), {}),
    # The digests that it promotes stand in staging's state.
    ("preview-prod", "kms:Decrypt", account.key_arn("secrets-staging"), {}),
    ("preview-prod", "kms:Decrypt", account.key_arn("state"), S3),
    ("deploy-prod", "kms:GenerateDataKey", account.key_arn("state"), S3),
    ("ephemeral", "kms:Encrypt", account.key_arn("secrets-preview"), {}),
    ("deploy-staging", "kms:PutKeyPolicy", KEY, OWN),
    ("deploy-staging", "kms:Decrypt", KEY, OWN | VIA),
    ("preview-staging", "kms:Decrypt", KEY, OWN | VIA),
    # The provider asks it at plan time where a definition changes
    # (terraform-provider-aws, internal/service/sfn/state_machine.go, CustomizeDiff).
    ("preview-staging", "states:ValidateStateMachineDefinition", "*", {}),
    ("deploy-staging", "kms:TagResource", KEY, MARK),
    ("deploy-staging", "ec2:CreateTags", GROUP, MARK),
    # Of a rule EC2 asks for its group, and as it gets tags also for the rule that there will be.
    ("deploy-staging", "ec2:AuthorizeSecurityGroupEgress", GROUP, OWN),
    ("deploy-staging", "ec2:AuthorizeSecurityGroupEgress", RULE, MARK),
    ("ephemeral", "ec2:AuthorizeSecurityGroupIngress", RULE, PULL_MARK),
    ("ephemeral", "ec2:CreateTags", RULE, PULL_MARK),
    ("ephemeral", "logs:CreateLogDelivery", "*", {}),
    (
        "deploy-staging",
        "logs:CreateLogGroup",
        f"arn:aws:logs:{HERE}:log-group:/aws/rds/instance/plataforma-staging/postgresql",
        {},
    ),
    ("deploy-staging", "ec2:CreateSubnet", f"arn:aws:ec2:{HERE}:vpc/vpc-0", OWN),
    ("deploy-staging", "ec2:CreateSubnet", f"arn:aws:ec2:{HERE}:subnet/*", MARK),
    ("deploy-staging", "s3:PutObject", f"{STATE}/.pulumi/stacks/plataforma/staging.json", {}),
    (
        "deploy-staging",
        "s3:DeleteObject",
        f"{STATE}/.pulumi/locks/organization/plataforma/staging/0.json",
        {},
    ),
    ("preview-prod", "s3:GetObject", f"{STATE}/.pulumi/stacks/plataforma/staging.json", {}),
    ("preview-prod", "s3:ListBucket", STATE, {}),
    ("ephemeral", "ecs:UpdateService", f"arn:aws:ecs:{HERE}:service/plataforma-pr42/api", {}),
    ("ephemeral", "s3:PutObject", f"{STATE}/.pulumi/stacks/plataforma/pr42.json", {}),
    ("ephemeral", "kms:PutKeyPolicy", KEY, PULL),
    ("ephemeral", "ec2:CreateSecurityGroup", VPC, STAGING),
    # For a mount target EFS asks EC2 for an interface of the caller's: Amazon EFS API,
    # CreateMountTarget. It is in a subnet of staging's, with a group of the environment's.
    ("ephemeral", "ec2:CreateNetworkInterface", SUBNET, STAGING | VIA_SERVICE),
    ("ephemeral", "ec2:CreateNetworkInterface", GROUP, PULL),
    ("ephemeral", "ec2:CreateNetworkInterface", INTERFACE, VIA_SERVICE),
    ("ephemeral", "ec2:AuthorizeSecurityGroupIngress", GROUP, PULL),
    (
        "ephemeral",
        "iam:CreateRole",
        f"{IAM}:role/plataforma-pr42-api-task",
        {"iam__PermissionsBoundary": EPHEMERALS},
    ),
    (
        "deploy-staging",
        "ecs:RunTask",
        f"arn:aws:ecs:{HERE}:task-definition/plataforma-staging-m:7",
        {"ecs__cluster": f"arn:aws:ecs:{HERE}:cluster/plataforma-staging"},
    ),
]
