"""Where this project's files are."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
"""The folder of Pulumi.yaml."""
PULUMI_INSTALLATION = "https://www.pulumi.com/docs/install/"
PROGRAM = ("__main__.py", "components", "limits", "rendering", "resource_types", "settings")
"""What the program is made of, beside Pulumi.yaml and the stack files."""
