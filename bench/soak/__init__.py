"""What a run goes through for hours, played in front of a local venue that misbehaves by timetable."""
