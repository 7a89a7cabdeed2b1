"""Speed and memory, against named peers in the same run. Print all: python -m bench"""
