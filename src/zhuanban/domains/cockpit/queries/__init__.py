"""What the cockpit reads across the city for one person."""
