"""Private RabbitMQ and PostGIS servers on free loopback ports, for tests and trials: nothing in them outlives `stop`."""
