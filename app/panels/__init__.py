"""Panels that stand around the canvas."""
