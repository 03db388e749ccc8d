"""The accounts that everybody on the simulated network knows, and that impostors imitate; all made up."""

from typing import NamedTuple


class Notable(NamedTuple):
    """One known account: the first label of its handle, its name and what it says of itself."""

    label: str
    name: str
    description: str


NOTABLES = (
    Notable("harbortransit", "Harbor Transit", "Service notices for ferries and trams."),
    Notable("openorchard", "Open Orchard", "A seed library. Swap, grow, give back."),
    Notable("lumenmuseum", "Lumen Museum", "Light, glass and how we see."),
    Notable("northgale", "Northgale Weather", "Forecasts and warnings, every hour."),
    Notable("quillandkey", "Quill & Key", "A small press for large ideas."),
    Notable("tidetimes", "Tide Times", "High water, low water."),
    Notable("cobaltradio", "Cobalt Radio", "Music from after midnight."),
    Notable("ridgerescue", "Ridge Rescue", "Mountain rescue volunteers. In an emergency, call."),
    Notable("papermoon", "Papermoon Books", "Second-hand books, first-hand advice."),
    Notable("greenlantern", "Green Line News", "Local news along the green line."),
    Notable("saltbakery", "Salt Street Bakery", "Bread at six, gone by ten."),
    Notable("orbitlab", "Orbit Lab", "Small satellites, open data."),
    Notable("velodrome", "City Velodrome", "Races, training, open evenings."),
    Notable("hollowoak", "Hollow Oak Theatre", "New plays in an old barn."),
    Notable("blueferry", "Blue Ferry Line", "Departures and delays."),
    Notable("stonebridge", "Stonebridge Council", "Announcements of the council."),
    Notable("larkwire", "Larkwire", "Newswire for birders."),
    Notable("deltabank", "Delta Savings", "We never ask for your password."),
    Notable("pixelforge", "Pixel Forge", "Free tools for people who draw."),
    Notable("winterlight", "Winterlight Festival", "Three nights of lanterns."),
)
