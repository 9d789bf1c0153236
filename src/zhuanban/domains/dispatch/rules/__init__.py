"""Rules of dispatch: tracks, lights, meetings, rankings."""
