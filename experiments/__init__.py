"""Many runs of the model: the command line, tidy results on disk, the main experiment and its page."""
