"""The activation kernel in C, its build and its loader."""
