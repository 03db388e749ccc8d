"""Background jobs, one file each, and the loop that runs them; `moderation/jobs/` says what a job is."""
