"""Galaxies in several bands: SDSS frames, published cut-out sets and folders of pictures."""
