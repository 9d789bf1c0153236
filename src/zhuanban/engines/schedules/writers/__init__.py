"""Writers of plan files."""

from zhuanban.engines.schedules.writers.mspdi import losses, write_mspdi

__all__ = ["losses", "write_mspdi"]
