"""The little of Resource Manager that a workspace needs: groups to lie in."""
