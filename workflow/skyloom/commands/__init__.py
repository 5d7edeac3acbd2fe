"""What a person types besides the workflow."""
