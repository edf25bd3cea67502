"""What eliteflow says of itself: events, and how they are written."""
