"""The playbook that ships with the product."""
