"""Books: read, planned, cut into parts, and watched until their audio is delivered."""
