"""What AIditor keeps between runs. Now: the cache of stage outputs."""
