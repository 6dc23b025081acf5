"""The Terraform provider: declared types of resources, carried out through the client (docs/terraform.md)."""
