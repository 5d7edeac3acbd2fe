"""Curiosity images: the labelled MSL sets."""
