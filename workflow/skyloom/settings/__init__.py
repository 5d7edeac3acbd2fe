"""Typed settings of the stages; light to import, one file per stage that reads them."""
