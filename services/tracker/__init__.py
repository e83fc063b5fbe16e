"""Plans runs, rings for their tasks, ends them, and keeps watch over whatever is late."""
