"""The constitution of the service: people, rights, and duties that exclude each other."""
