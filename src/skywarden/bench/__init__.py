"""One file a published claim; fixed corpus, ratios in one run."""
