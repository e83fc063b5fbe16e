"""The wire: every message and result that leaves a process, as pydantic models and nothing else."""
