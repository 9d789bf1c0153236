"""The demo: a living city made of the articles' facts and of an invented, clearly marked remainder."""
