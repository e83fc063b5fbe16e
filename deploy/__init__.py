"""What runs the system elsewhere than in one process: the image's start and health check, and private servers for trials and tests."""
