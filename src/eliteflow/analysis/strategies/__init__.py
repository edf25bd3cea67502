"""The strategies that come with eliteflow."""
