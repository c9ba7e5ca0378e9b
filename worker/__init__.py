"""CONSUMER SIDE: one worker, from the queue to the finished file."""
