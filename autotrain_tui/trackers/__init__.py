"""Sessions sent to where people keep their numbers: TensorBoard."""
