"""campaigns: a campaign from a day to a day: fields and tasks with measured targets, owners and computed bars."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "zhuanban.domains.campaigns"
    label = "campaigns"
