"""What the verbs of approvals ask for."""
