"""The fast network for CPUs: Kokoro's layers in int8, bf16 and fp32."""
