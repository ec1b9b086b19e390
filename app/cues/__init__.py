"""Cues: what a show sets, when and how it gets there, and the desk that plays them."""
