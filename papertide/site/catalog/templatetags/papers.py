"""Filters for showing papers."""

from django import template

register = template.Library()
