"""Who is who, what was known when, and how fresh and consistent it is."""
