"""A setting with a slip in its name is told of, once; what others read is left alone."""

import logging

from video_gen.config import Config
from video_gen.config.unread import unread


def test_the_nearest_setting_is_named_and_those_of_providers_are_known():
    names = ["VIDEO_GEN_MODLE", "VIDEO_GEN_HOME", "VIDEO_GEN_S3_URI", "VIDEO_GEN_XYLOPHONE_QUARTET", "OTHER_THING"]
    assert list(unread(names, ["VIDEO_GEN_HOME", "VIDEO_GEN_MODEL"])) == [
        "`VIDEO_GEN_MODLE` is no setting: did you mean `VIDEO_GEN_MODEL`?",
        "`VIDEO_GEN_XYLOPHONE_QUARTET` is no setting and has no effect",
    ]


def test_it_is_told_once_and_the_value_never(caplog):
    with caplog.at_level(logging.WARNING, logger="video_gen"):
        for _ in range(2):
            Config.from_environment({"VIDEO_GEN_SECRTE": "hunter2"})
    told = [record.getMessage() for record in caplog.records]
    assert told == ["`VIDEO_GEN_SECRTE` is no setting: did you mean `VIDEO_GEN_SECRET`?"]
