"""Pages of what moderation holds: filters to conditions, cursors that never skip or repeat a row."""
