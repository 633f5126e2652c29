"""What is measured, one scenario a file; each prints a table and keeps its figures."""
