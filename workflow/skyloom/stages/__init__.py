"""One thin command per rule of the workflow."""
