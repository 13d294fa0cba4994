"""From the manifest to the jobs: everything that a session runs is drawn here, before anything runs."""

from conformance.plan.draw import PlanError, draw_plan

__all__ = ["PlanError", "draw_plan"]
