"""Thirty patterns; hardly any stands behind a condition that would spare looking at the text."""

from skywarden.lang import *

posts_hour = count(by=author.did, over=1 * hour)
posts_day = count(by=author.did, over=1 * day)
copies_hour = count(by=post.text, over=1 * hour)
replies_hour = count(by=author.did, over=1 * hour, where=post.is_reply)


@rule(on=post.created, then=[label(post, "spam"), tag(author, "free-tokens")])
def free_tokens():
    """{author.handle} gives tokens away: {post.text}"""
    return matches(post.text, r"(?i)free\s+(crypto|airdrop|nft)")


@rule(on=post.created, then=tag(author, "click-here"))
def click_here():
    """{author.handle} wants a click: {post.text}"""
    return matches(post.text, r"(?i)\b(click|tap)\s+(here|this)\s+(now|quick|before)\b") and author.followers < 1000


@rule(on=post.created, then=tag(author, "cheap-domain"))
def cheap_domain():
    """{author.handle} links to a throw-away domain: {post.text}"""
    return matches(post.text, r"(?i)https?://[a-z0-9-]+\.(xyz|shop|icu)/[a-z]{2,}\d{4}")


@rule(on=post.created, then=report(post, reason="spam"))
def bitcoin_address():
    """A bitcoin address: {post.text}"""
    return matches(post.text, r"\b1[A-HJ-NP-Za-km-z1-9]{25,34}\b")


@rule(on=post.created, then=report(post, reason="spam"))
def ether_address():
    """An ether address: {post.text}"""
    return matches(post.text, r"0x[a-fA-F0-9]{40}\b")


@rule(on=post.created, then=[label(post, "spam"), report(author, reason="spam")])
def other_messenger():
    """{author.handle} leads away from the network: {post.text}"""
    return matches(post.text, r"(?i)(dm|message|text)\s+me\s+on\s+(telegram|whatsapp|signal)")


@rule(on=post.created, then=tag(author, "telegram"))
def telegram_handle():
    """{author.handle}, {posts_hour} posts in an hour, names a telegram account: {post.text}"""
    return matches(post.text, r"(?i)telegram\s*:?\s*@\w{3,}") and posts_hour >= 2


@rule(on=post.created, then=tag(author, "mail-address"))
def mail_address():
    """{author.handle} asks for mail: {post.text}"""
    return matches(post.text, r"(?i)contact\s+[a-z0-9._]+@[a-z0-9]+\.(com|net|org)")


@rule(on=post.created, then=tag(author, "phone-number"))
def phone_number():
    """A phone number: {post.text}"""
    return matches(post.text, r"\+\d{1,3}[-. ]\d{3}[-. ]\d{4}")


@rule(on=post.created, then=label(post, "spam"))
def win_a_prize():
    """{copies_hour} copies within an hour of: {post.text}"""
    return matches(post.text, r"(?i)win\s+(a\s+)?(free\s+)?(prize|nft|giveaway|iphone)") and copies_hour >= 1


@rule(on=post.created, then=tag(author, "vote-call"))
def vote_call():
    """{post.text}"""
    return matches(post.text, r"(?i)vote\s+(for\s+)?(zorkmann|blifft)\s+or\b")


@rule(on=post.created, then=report(post, reason="violation"))
def call_for_violence():
    """{author.handle} calls for violence: {post.text}"""
    return matches(post.text, r"(?i)\b(hurt|smash)\s+all\s+(the\s+)?\w+s\b")


@rule(on=post.created, then=tag(author, "giveaway"))
def stretched_giveaway():
    """{post.text}"""
    return matches(post.text, r"(?i)gii+v+ea+wa+y")


@rule(on=post.created, then=tag(author, "spaced-out"))
def spaced_out_crypto():
    """{post.text}"""
    return matches(
        post.text, r"(?i)c[^a-z0-9\n]{1,3}r[^a-z0-9\n]{1,3}y[^a-z0-9\n]{1,3}p[^a-z0-9\n]{1,3}t[^a-z0-9\n]{1,3}o"
    )


@rule(on=post.created, then=tag(author, "token-tags"))
def token_tags():
    """{author.handle} posted {posts_day} times in a day: {post.text}"""
    return matches(post.text, r"(?i)#(nftdrop|airdrop|presale)\b") and posts_day >= 1


@rule(on=post.created, then=tag(author, "loud-opening"))
def loud_opening():
    """{post.text}"""
    return matches(post.text, r"^(FREE|WINNER|URGENT)\b")


@rule(on=post.created, then=tag(author, "commissions"))
def commissions_open():
    """{post.text}"""
    return matches(post.text, r"(?i)(art|photo)\s+commissions?\s+(are\s+)?open") and author.follows > 500


@rule(on=post.created, then=tag(author, "long-link"))
def long_link():
    """{post.text}"""
    return matches(post.text, r"https://[^\s/]+/\S{60,}")


@rule(on=post.created, then=tag(author, "tag-chain"))
def tag_chain():
    """{post.text}"""
    return matches(post.text, r"#\w+\s+#\w+\s+#\w+\s+#\w+\s+#\w+\s+#\w+")


@rule(on=post.created, then=[label(post, "spam"), report(author, reason="spam")])
def followers_for_sale():
    """{post.text}"""
    return matches(post.text, r"(?i)\b(buy|sell)\s+(real\s+)?(followers|likes|accounts)\b")


@rule(on=post.created, then=tag(author, "miracle"))
def miracle_cure():
    """{post.text}"""
    return matches(post.text, r"(?i)(doctors|banks)\s+hate\s+(him|her|this)\b")


@rule(on=post.created, then=tag(author, "stolen-vote"))
def stolen_vote():
    """{post.text}"""
    return matches(post.text, r"(?i)(vote|ballot)s?\s+\w+\s+(stolen|rigged)\b") and replies_hour >= 1


@rule(on=post.created, then=tag(author, "guaranteed"))
def guaranteed_income():
    """{post.text}"""
    return matches(post.text, r"(?i)(guaranteed|passive)\s+(income|profits?)\s+of\s+\$?\d+")


@rule(on=post.created, then=tag(author, "work-from-home"))
def work_from_home():
    """{post.text}"""
    return matches(post.text, r"(?i)work\s+from\s+home\b.{0,40}\$\d{3,}")


@rule(on=post.created, then=tag(author, "recovery"))
def wallet_recovery():
    """{post.text}"""
    return matches(post.text, r"(?i)(recover|restore)(ed)?\s+(my|your)\s+(lost\s+)?(wallet|funds|account)")


@rule(on=post.created, then=tag(author, "shouting"))
def shouting():
    """{author.handle} shouts, {posts_hour} posts in an hour: {post.text}"""
    return matches(post.text, r"[A-Z]{18,}") and posts_hour >= 1


@rule(on=post.created, then=tag(author, "excited"))
def excited():
    """{post.text}"""
    return matches(post.text, r"!{6,}")


@rule(on=post.created, then=tag(author, "kana-ad"))
def japanese_side_job():
    """{post.text}"""
    return matches(post.text, r"(副業|在宅).{0,12}(月収|日給)[0-9０-９]+万")


@rule(on=post.created, then=tag(author, "laughing"))
def laughing():
    """{post.text}"""
    return matches(post.text, r"(?i)(ha){9,}")


@rule(on=post.created, then=tag(author, "seed-phrase"))
def seed_phrase():
    """{author.handle} wants a seed phrase: {post.text}"""
    return (
        matches(post.text, r"(?i)(enter|share)\s+(your|the)\s+(12|24)[- ]word\s+(seed|recovery)") and copies_hour >= 1
    )
