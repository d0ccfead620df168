"""What only developers need: the embedded server, new files, generators and benchmarks."""
