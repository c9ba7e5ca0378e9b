"""How fast this machine speaks, beside kokoro and kokoro-onnx."""
