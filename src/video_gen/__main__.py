"""`python -m video_gen` is `video-gen`."""

from video_gen.cli import main

if __name__ == "__main__":
    main()
