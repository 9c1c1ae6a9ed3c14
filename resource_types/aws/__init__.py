"""AWS's resource types, a file for one or a few services.

Sources: the Terraform provider that the Pulumi provider is built on (calls, computed attributes,
"ForceNew"); AWS's Service Authorization Reference (actions, "dependent actions", resource types,
condition keys).
"""
