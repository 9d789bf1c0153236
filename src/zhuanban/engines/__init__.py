"""Values in, values out: pure algorithms without Django, clock or database."""
