"""Policies as expressions over an enterprise's facts: three-valued, exact to the yuan, one tree with four readings."""
