"""Jobs over the warehouse without their surroundings: what one reads, computes and writes, window by window.

Refuses: clocks, threads, SQL databases and moderation; `app/warehouse_jobs/` schedules the jobs and acts on what they
find.
"""
