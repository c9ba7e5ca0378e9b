"""The processes of a worker: a parent that keeps the books and a child that holds the model."""
