"""What the project document asks of plans, institutions, hours and attendance, and how a roster sheet is read."""
