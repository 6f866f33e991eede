"""`plastream bench switch`: regimes that come, go and return, and how soon a learner is as good as who knows them."""
