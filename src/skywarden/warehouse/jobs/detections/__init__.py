"""The batch detections, one file each: a statement that makes small counts of many events, then a pure measure."""
