"""Run the jobs over the warehouse: computed in a child process, stored here, proposed to moderation."""
