"""What people say back, in the state database: what they are asked, what they decided, and a record of all of it."""
