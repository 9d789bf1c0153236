"""Zhuanban (专班): the system with which a city delivers its major projects and serves its enterprises."""

__version__ = "0.1.0"
