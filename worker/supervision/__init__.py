"""The two processes of a worker: the supervisor, which takes jobs, and the model process."""
