"""Questions about history -> typed answers: events, top values, histograms, timelines, links, SQL."""
