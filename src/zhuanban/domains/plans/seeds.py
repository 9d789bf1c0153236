"""Loads the templates of nodes and plans and the parameters of forecasts; rows that are there already stay as they are."""

from __future__ import annotations

from pathlib import Path

import yaml

from zhuanban.domains.plans.models import NodeTemplate, PlanTemplate
from zhuanban.kernel.seeds import load_parameters

SEED = Path(__file__).parent / "seed"


def load() -> None:
    load_nodes()
    load_plans()
    load_parameters(SEED / "parameters_plans.yaml")


def load_nodes() -> None:
    book = yaml.safe_load((SEED / "nodes.yaml").read_text(encoding="utf-8"))
    told = {"effective_from": book["effective_from"], "source": book["source"]}
    NodeTemplate.objects.bulk_create(
        [NodeTemplate(position=place, **each, **told) for place, each in enumerate(book["nodes"], 1)], ignore_conflicts=True
    )


def load_plans() -> None:
    """Each plan template with its three sections."""
    book = yaml.safe_load((SEED / "plan_templates.yaml").read_text(encoding="utf-8"))
    told = {"effective_from": book["effective_from"], "source": book["source"]}
    own = ("key", "name", "sectors")
    PlanTemplate.objects.bulk_create(
        [
            PlanTemplate(
                position=place, **{name: each[name] for name in own}, body={key: each[key] for key in each if key not in own}, **told
            )
            for place, each in enumerate(book["templates"], 1)
        ],
        ignore_conflicts=True,
    )
