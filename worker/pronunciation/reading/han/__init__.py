"""Rules of Japanese and Chinese, whose figures and units are Han characters."""
