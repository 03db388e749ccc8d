"""How new, how unknown and how busy an author is: definitions that the other files share."""

from skywarden.lang import *

YOUNG = parameter("young", 14 * days, least=1 * day, most=90 * days, doc="An account younger than this is young.")
NEWISH = parameter("newish", 90 * days, least=7 * days, most=365 * days, doc="An account younger than this is newish.")
FEW_FOLLOWERS = parameter("few_followers", 10, least=1, doc="With fewer followers an account is unknown to all.")

young = author.age < YOUNG
newish = author.age < NEWISH
nobody = author.age < NEWISH and author.followers < FEW_FOLLOWERS
maybe_new = (author.age < NEWISH).or_else(True)
busy = event.collection != "app.bsky.actor.profile"
