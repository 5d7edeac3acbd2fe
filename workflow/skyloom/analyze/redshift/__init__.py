"""Redshifts of galaxies as PDFs in bins: how they are made, mended and scored."""
