"""The words that say how much a prompt demands, by what they show.

English, as prompts mostly are; a prompt in another language is judged by its length and its quotation marks alone.
"""

from typing import Final

PEOPLE: Final = frozenset({
    "actor", "actress", "adult", "astronaut", "athlete", "baby", "ballerina", "barista", "bartender", "boxer",
    "boy", "boys", "bride", "chef", "chefs", "child", "children", "clown", "conductor", "cop", "couple", "cowboy",
    "crew", "dad", "dancer", "dancers", "daughter", "detective", "diver", "doctor", "driver", "elderly", "face",
    "faces", "family", "farmer", "father", "fighter", "fighters", "firefighter", "fisherman", "friends", "girl",
    "girls", "grandfather", "grandmother", "groom", "guitarist", "hand", "hands", "hero", "human", "humans", "kid",
    "kids", "king", "knight", "knights", "lady", "magician", "man", "men", "miner", "model", "mom", "monk",
    "mother", "musician", "nurse", "opponent", "painter", "people", "performer", "performers", "person", "pianist",
    "pilot", "player", "players", "police", "potter", "prince", "princess", "queen", "runner", "runners", "sailor",
    "samurai", "scientist", "singer", "skateboarder", "skater", "soldier", "soldiers", "son", "student", "students",
    "surfer", "suspect", "swimmer", "teacher", "teenager", "toddler", "violinist", "waiter", "warrior", "warriors",
    "wizard", "woman", "women", "worker", "workers",
})  # fmt: skip
CROWD: Final = frozenset({
    "armies", "army", "audience", "band", "both", "choir", "crowd", "crowded", "crowds", "dozens", "five", "four",
    "group", "groups", "hundreds", "mob", "orchestra", "parade", "several", "squad", "swarm", "team", "teams",
    "thousands", "three", "two",
})  # fmt: skip
ACTION: Final = frozenset({
    "acrobatic", "backflip", "battle", "battles", "boxing", "breakdance", "catches", "catching", "chase", "chases",
    "chasing", "climbing", "collapses", "collapsing", "collide", "collides", "colliding", "collision", "crash",
    "crashes", "crashing", "dance", "dances", "dancing", "dodges", "dodging", "dribbles", "duel", "explode",
    "explodes", "exploding", "explosion", "fight", "fighting", "fights", "flip", "flips", "galloping", "gymnastics",
    "hugging", "hugs", "juggles", "juggling", "jumping", "jumps", "kicks", "kissing", "knitting", "martial",
    "morphing", "morphs", "parkour", "playing", "plays", "pole-vault", "punches", "racing", "rolling", "running",
    "runs", "shattering", "shatters", "skateboarding", "somersault", "spar", "sparring", "sprint", "sprinting",
    "sprints", "surfing", "swordfight", "throwing", "throws", "transforming", "transforms", "tumbling", "typing",
    "vault", "wrestling",
})  # fmt: skip
MATTER: Final = frozenset({
    "avalanche", "bounces", "bouncing", "cloth", "crumbling", "dissolves", "dominoes", "fabric", "fluid", "hair",
    "honey", "ink", "lava", "liquid", "melting", "melts", "pour", "pouring", "pours", "reflection", "reflections",
    "refraction", "ripping", "shards", "slime", "smoke", "smoky", "sparks", "spilling", "spills", "splash",
    "splashes", "splashing", "tearing", "tornado", "tsunami", "underwater", "unravels", "waterfall", "whirlpool",
})  # fmt: skip
SPEECH: Final = frozenset({
    "argue", "argues", "arguing", "argument", "asks", "conversation", "dialogue", "interview", "lecture",
    "lip-sync", "lip-synced", "monologue", "narrates", "narration", "narrator", "rapping", "raps", "recites",
    "said", "says", "shouts", "sing", "singing", "sings", "speak", "speaking", "speaks", "speech", "talk",
    "talking", "talks", "tells", "voiceover", "whispering", "whispers",
})  # fmt: skip
WRITING: Final = frozenset({
    "calligraphy", "caption", "captions", "headline", "inscription", "lettering", "letters", "logo", "neon-sign",
    "reads", "signage", "subtitle", "subtitles", "text", "title", "typography", "words", "written",
})  # fmt: skip
CAMERA: Final = (
    "bullet time", "bullet-time", "camera circles", "camera follows", "camera pulls back", "camera pushes",
    "camera rises", "crane shot", "dolly", "drone flies", "drone shot", "first-person", "follows her",
    "follows him", "follows them", "fpv", "handheld", "long take", "one continuous", "one take", "orbit", "orbits",
    "point of view", "rack focus", "single take", "steadicam", "tracking shot", "whip pan",
)  # fmt: skip
SEQUENCE: Final = (
    "afterwards", "cut to", "cuts to", "finally", "meanwhile", "montage", "multi-shot", "next scene", "scene 1",
    "scene 2", "second scene", "sequence", "shot 1", "shot 2", "split screen", "storyboard", "then",
    "timelapse from", "transition to", "transitions to",
)  # fmt: skip
LOOK: Final = (
    "35mm", "anamorphic", "blockbuster", "cinematic", "detailed", "documentary", "epic", "film grain",
    "hyper-realistic", "hyperrealistic", "imax", "intricate", "movie trailer", "photo-realistic", "photorealistic",
    "ray traced", "realistic", "volumetric",
)  # fmt: skip
PLAIN: Final = (
    "abstract", "background", "blank", "calm", "gradient", "loop", "looping", "minimal", "minimalist", "plain",
    "seamless", "simple", "static", "still life", "wallpaper",
)  # fmt: skip
