"""Certificates: what a session said of an image, signed, for whoever receives the image."""
