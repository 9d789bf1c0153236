"""When the verbs of policies may be done, and what is paid."""
