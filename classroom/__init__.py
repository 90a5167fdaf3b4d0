"""The instructor's side of a class: the roster, passwords, slips, what is collected, and the board."""
