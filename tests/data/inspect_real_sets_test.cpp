// Sets that people really have, with facts computed from them by other programs.
