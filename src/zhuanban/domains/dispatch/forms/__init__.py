"""Forms of dispatch: tracks, lights, meetings, rankings."""
