"""The pages of plans: nodes, a project's plan with its Gantt chart and forecast, the portfolio's chart, imports."""

from . import imports, nodes, plan, portfolio

__all__ = ["imports", "nodes", "plan", "portfolio"]
