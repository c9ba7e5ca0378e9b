"""Where chapters begin, what they are called, and what of a book is none: for all readers."""
