"""GPUs: selection, leases, allocation."""
