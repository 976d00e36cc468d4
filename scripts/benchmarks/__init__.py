"""What `scripts/bench` measures. Everything runs on this machine alone, on temporary databases of invented people."""
