"""What `faults.py` does to servers, a file for each fault: slow and vanishing clients, signals, no descriptors left."""
