"""Accounts: who somebody is here, what they may do, how often, and what was done in their name."""
