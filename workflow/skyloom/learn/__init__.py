"""Pretraining: views, encoders, objectives and the loop."""
