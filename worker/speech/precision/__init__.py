"""Which precision this device uses: trial, calibration, spectral distance."""
