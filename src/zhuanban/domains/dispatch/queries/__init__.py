"""Queries of dispatch: tracks, lights, meetings, rankings."""
