"""Rules of approvals: the catalogue and plans, and cases."""
