"""Jobs over the warehouse without their surroundings: what one reads, computes and writes, window by window.

Refuses: clocks, threads and decisions; `app/detections/` schedules the jobs and proposes what follows from their
findings.
"""
