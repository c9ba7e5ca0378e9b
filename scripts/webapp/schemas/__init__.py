"""JSON documents that the gateway takes and gives."""
