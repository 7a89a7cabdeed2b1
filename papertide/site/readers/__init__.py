"""Readers, and the papers they saved."""
