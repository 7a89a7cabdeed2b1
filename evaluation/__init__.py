"""Quality on public test sets: python -m evaluation.models"""
