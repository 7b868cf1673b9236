"""What the machine does: GPU, CPU, memory, disk, network, process trees."""
