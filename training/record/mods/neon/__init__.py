"""The mod kept for testing: light on darkness, glass and choirs. It shares no drawing and no sounds with the family."""
