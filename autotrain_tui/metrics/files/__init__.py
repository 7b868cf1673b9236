"""The numbers that programs write into files of their own: event files of TensorBoard."""
