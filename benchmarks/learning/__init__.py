"""Learned points tables beside well-known learners, on public data that this project does not contain."""
