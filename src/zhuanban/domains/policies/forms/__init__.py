"""What the verbs of policies ask for."""
