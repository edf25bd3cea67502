"""What `eliteflow store` shows and does."""
