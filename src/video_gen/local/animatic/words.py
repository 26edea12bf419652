"""The words that are understood, and what each chooses. Only data: how they are read is `prompt`.

Phrases are lower case, their words joined by hyphens here; a plural s is found by itself.
"""

from typing import Final

PLACES: Final[dict[str, str]] = {
    "ocean": "ocean sea seascape waves atlantic pacific mar océano meer ozean mer océan mare laut 海 海洋",
    "beach": "beach shore coast coastline seaside seashore tropical island playa plage strand spiaggia pantai",
    "lake": "lake river pond lagoon fjord reservoir waterfall stream creek lago fleuve rivière fluss danau",
    "mountains": (
        "mountain alps alpine peak summit himalaya himalayas andes rockies cliff valley "
        "montaña montagne berge berg montagna gunung 山"
    ),
    "hills": "hill countryside farmland vineyard pasture highlands moor village colina colline hügel",
    "meadow": (
        "meadow field grassland prairie savanna savannah wheat lavender sunflowers garden park pradera wiese champ"
    ),
    "forest": "forest woods woodland jungle rainforest redwood sequoia grove bosque forêt wald foresta hutan selva 森",
    "desert": "desert dune sahara sand oasis desierto désert wüste deserto gurun",
    "canyon": "canyon gorge mesa butte badlands ravine",
    "city": (
        "city skyline cityscape downtown metropolis skyscraper towers manhattan tokyo urban harbor harbour "
        "ciudad ville stadt città kota 城市"
    ),
    "street": "street alley alleyway avenue boulevard sidewalk crosswalk traffic calle rue straße strasse 街",
    "snowfield": "snowy snow-covered arctic tundra antarctic antarctica glacier iceberg polar north-pole siberia",
    "volcano": "volcano volcanic lava magma eruption volcán volcan vulkan",
    "space": (
        "space cosmos cosmic universe outer-space interstellar planet galaxy nebula asteroid spaceship spacecraft "
        "spacewalk astronaut mars jupiter saturn satellite espacio espace weltraum 宇宙"
    ),
    "underwater": (
        "underwater reef coral seabed undersea scuba diver aquarium submarine whale shark dolphin jellyfish turtle "
        "submarino sous-marin unterwasser"
    ),
    "sky": "sky cloudscape skies heaven cielo ciel himmel 空",
    "studio": (
        "studio podium pedestal still-life backdrop product-shot living-space office-space work-space workspace "
        "open-space empty-space parking-space"
    ),
}

RANK: Final[dict[str, float]] = {
    "underwater": 10,
    "space": 9,
    "studio": 8,
    "volcano": 8,
    "street": 7,
    "city": 6,
    "beach": 6,
    "lake": 5,
    "canyon": 5,
    "desert": 4,
    "ocean": 4,
    "forest": 3,
    "meadow": 3.5,
    "mountains": 3,
    "hills": 2,
    "snowfield": 2,
    "sky": 1,
}
"""Which of two places named together is where the camera stands; the other is seen from it, where it can be."""

HOURS: Final[dict[str, str]] = {
    "dawn": "dawn daybreak first-light before-sunrise amanecer aube morgendämmerung",
    "sunrise": "sunrise sun-rise early-morning rising-sun lever-du-soleil sonnenaufgang alba",
    "morning": "morning mañana matin morgen mattina pagi 朝",
    "noon": "noon midday daytime day daylight sunny mediodía midi mittag siang",
    "golden": "golden-hour golden-light late-afternoon afternoon magic-hour",
    "sunset": (
        "sunset sun-set sundown setting-sun atardecer puesta-de-sol coucher-de-soleil sonnenuntergang tramonto senja "
        "夕 夕日 日落"
    ),
    "dusk": "dusk twilight evening nightfall anochecer crépuscule dämmerung crepuscolo",
    "blue": "blue-hour blue-light",
    "night": "night nighttime night-time moonlit moonlight nocturnal noche nuit nacht notte malam 夜",
    "midnight": "midnight witching-hour dead-of-night medianoche minuit mitternacht",
}

COVERS: Final[dict[str, str]] = {
    "clear": "clear-sky clear-skies clear-blue-sky cloudless clear-night clear-day blue-sky blue-skies",
    "scattered": "few-clouds a-few-clouds scattered-clouds partly-cloudy fluffy-clouds",
    "cloudy": "cloudy cloud nube nuage wolke wolken nuvole awan",
    "overcast": "overcast grey-sky gray-sky grey-skies gray-skies dreary",
    "storm": "storm stormy thunderstorm tempest hurricane typhoon tormenta tempête gewitter tempesta badai",
}

MOODS: Final[dict[str, str]] = {
    "warm": "warm cozy cosy",
    "cold": "cold icy chilly freezing cool-tones cool-colors bleak",
    "pastel": "pastel soft-colors soft-colours dreamy ethereal whimsical kawaii",
    "noir": "noir film-noir black-and-white monochrome b&w greyscale grayscale",
    "neon": "neon cyberpunk synthwave vaporwave blade-runner retrowave",
    "vintage": "vintage retro nostalgic sepia old-film super-8 8mm 16mm polaroid",
    "moody": "moody dark gloomy ominous somber sombre brooding eerie spooky haunted melancholic dramatic",
}

SEASONS: Final[dict[str, str]] = {
    "spring": "spring springtime blossom cherry-blossom primavera printemps frühling sakura",
    "summer": "summer summertime verano été sommer",
    "autumn": (
        "autumn autumnal fall-color fall-colour fall-leaves fall-forest in-the-fall fall-foliage falling-leaves otoño "
        "automne herbst"
    ),
    "winter": "winter wintry snowy snow-covered frozen invierno hiver inverno",
}

ELEMENTS: Final[dict[str, str]] = {
    "sun": "sun sunbeam sol soleil sonne",
    "moon": "moon moonlit moonlight moonrise full-moon crescent luna lune mond 月",
    "stars": "stars starry starlit starlight constellation estrellas étoiles sterne stelle bintang 星",
    "milky way": "milky-way galactic-core",
    "shooting star": "shooting-star meteor falling-star comet perseids",
    "aurora": "aurora northern-lights polar-lights southern-lights",
    "rain": "rain rainy raining drizzle downpour rainfall monsoon lluvia pluie regen pioggia hujan 雨",
    "lightning": "lightning thunder thunderstorm thunderbolt relámpago éclair blitz",
    "snow": "snow snowing snowfall snowflake blizzard snowstorm nieve neige schnee neve salju 雪",
    "fog": "fog foggy mist misty haze hazy niebla brume brouillard nebel nebbia kabut",
    "fire": "fire campfire bonfire flame burning wildfire fuego feu feuer fuoco",
    "embers": "ember sparks",
    "fireflies": "firefly fireflies lightning-bug glowworm luciérnagas lucioles",
    "leaves": "falling-leaves leaves leaf foliage hojas feuilles blätter",
    "petals": "petal cherry-blossom blossom sakura",
    "dust": "dust dusty motes pollen",
    "bubbles": "bubble",
    "birds": "bird seagull gull flock geese eagle crow swallows pájaros oiseaux vögel uccelli",
    "fish": "fish fishes school-of-fish clownfish",
    "planet": "planet mars jupiter saturn exoplanet",
    "galaxy": "galaxy galaxies",
    "nebula": "nebula nebulae",
    "mountains": "mountain alps peak cliff",
    "trees": "tree pine conifer fir spruce oak birch",
    "palms": "palm palm-tree tropical coconut",
    "flowers": "flower wildflower lavender tulip poppies poppy daisies daisy sunflower",
    "boat": "boat sailboat ship yacht sailing ketch schooner vessel barco bateau schiff",
    "figure": (
        "person man woman girl boy figure hiker traveler traveller wanderer silhouette walker monk knight samurai "
        "child couple people someone stranger soldier wizard"
    ),
}

NEGATIONS: Final = frozenset(
    ("no", "without", "not", "never", "none", "minus", "excluding", "sans", "ohne", "senza", "tanpa")
)
SCOPE_ENDS: Final = frozenset(
    (
        "but",
        "with",
        "at",
        "in",
        "on",
        "over",
        "under",
        "while",
        "during",
        "as",
        "by",
        "through",
        "above",
        "only",
        "just",
    )
)
"""Words after which a "no" no longer counts; so does punctuation."""

CAMERA: Final[tuple[tuple[str, str], ...]] = (
    (r"(?:pan|pans|panning)(?: shot)?(?: \w+){0,3}? left|left(?:ward)? pan", "pan left"),
    (r"(?:pan|pans|panning)(?: shot)?(?: \w+){0,3}? right|right(?:ward)? pan", "pan right"),
    (r"(?:tilt|tilts|tilting)(?: \w+){0,2}? up(?:ward|wards)?|upward tilt", "tilt up"),
    (r"(?:tilt|tilts|tilting)(?: \w+){0,2}? down(?:ward|wards)?|downward tilt", "tilt down"),
    (r"(?:crane|cranes|craning|boom|booms|pedestal) up", "tilt up"),
    (r"(?:crane|cranes|craning|boom|booms|pedestal) down", "tilt down"),
    (r"(?:zoom|zooms|zooming)(?: \w+){0,2}? out", "zoom out"),
    (r"(?:zoom|zooms|zooming)(?: \w+){0,2}? in(?:to)?", "zoom in"),
    (r"(?:dolly|dollies|dollying|pull|pulls|pulling)(?: \w+){0,2}? (?:out|back|away|backwards?)", "dolly out"),
    (r"(?:dolly|dollies|dollying|push|pushes|pushing)(?: \w+){0,2}? (?:in|forwards?|closer)|dolly shot", "dolly in"),
    (r"(?:camera|view|shot) (?:slowly )?(?:moves?|moving) (?:in|forwards?|closer)", "dolly in"),
    (r"(?:orbit|orbits|orbiting|arc|arcs|circle|circles|circling)(?: \w+){0,2}? left", "orbit left"),
    (r"orbit(?:s|ing)? (?:shot|around)|orbiting|arc shot|circling|rotating camera|revolving", "orbit"),
    (r"hand ?held|hand-held|shaky(?: cam| camera)?|found footage|documentary style", "handheld"),
    (r"static(?: shot| camera)?|locked(?: off| down)?|tripod|still camera|fixed (?:camera|shot)", "static"),
    (r"no camera (?:move\w*|motion)", "static"),
    (r"\bpan(?:s|ning)?\b(?: shot)?", "pan"),
    (r"\btilt(?:s|ing)?\b", "tilt"),
    (r"\bzoom(?:s|ing)?\b", "zoom in"),
)
"""Patterns of camera moves, tried in this order."""

DRIVES: Final[tuple[tuple[str, str], ...]] = (
    (r"\bdrone\b|\baerial\b|\bfpv\b|helicopter (?:shot|view)|bird['’]?s[- ]eye", "fly"),
    (r"fly[- ]?over|flying over|fly[- ]?through|flying through", "fly"),
    (r"tracking shot|follow(?:s|ing)? shot|\btracks? (?:along|past|alongside)", "follow"),
    (r"\btruck(?:s|ing)? (?:left|right|shot)|side ?scroll\w*", "follow"),
)
"""Patterns of how the camera itself travels."""

SPEEDS: Final[tuple[tuple[str, float], ...]] = (
    (r"\bvery slow(?:ly)?\b|\bimperceptibl\w+|\bsubtl[ey]\b", 0.2),
    (r"\bslow(?:ly)?\b|\bgentl[ey]\b|\bgradual(?:ly)?\b", 0.35),
    (r"\bfast\b|\bquick(?:ly)?\b|\brapid(?:ly)?\b|\bwhip\b|\bswift(?:ly)?\b", 0.85),
)
"""Patterns of how far the camera moves."""
