"""Films of several shots: a storyboard in, one video out, each shot paid once.

    storyboard.py   what is wanted, as a value          reading.py   from a YAML or JSON file (notation.py)
    linking.py      which shot goes on from which       planning.py  every shot's plan, and the price of all
    studio.py       what a film needs of the client     takes.py     one job for each shot, however often it is started
    chaining.py     what a shot takes from the others   cutting.py   joins the clips
    making.py       makes the shots that are missing, then the film

Belongs here: what concerns more than one shot. Does not belong here: planning or making a single video (`catalog`,
`engine`), joining files (`media`).
"""

from video_gen.films.making import Film, MadeShot, Step, make
from video_gen.films.planning import FilmPlan, ShotPlan, plan
from video_gen.films.reading import parse, read
from video_gen.films.storyboard import Shot, Storyboard, Transition
from video_gen.films.studio import Studio

__all__ = [
    "Film",
    "FilmPlan",
    "MadeShot",
    "Shot",
    "ShotPlan",
    "Step",
    "Storyboard",
    "Studio",
    "Transition",
    "make",
    "parse",
    "plan",
    "read",
]
