"""From the manifest to the jobs: everything that a session runs is drawn here, before anything runs."""

from conformance.plan.draw import draw_plan

__all__ = ["draw_plan"]
