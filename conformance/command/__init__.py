"""``conformance``: what there is to do beside testing an image. Each command is a module."""
