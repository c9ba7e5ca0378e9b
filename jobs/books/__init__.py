"""Books in the queue: manifest, batch of jobs, store on disk, state."""
