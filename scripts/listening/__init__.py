"""Measuring how well speech can be understood, and how far it is from fp32."""
