"""What is kept on disk: folders, checkpoints, models, drawings, exports, preferences, settings."""
