"""What is peculiar to one science: one folder per survey."""
